const LENGTH_BYTES = 4;
const PRODUCE = 0;

/** Cuts a connection's bytes into Kafka's frames: a length, and as much. */
export class FrameCutter {
  private rest: Buffer = Buffer.alloc(0);

  take(bytes: Buffer): Buffer[] {
    this.rest = Buffer.concat([this.rest, bytes]);
    const frames: Buffer[] = [];
    for (;;) {
      if (this.rest.length < LENGTH_BYTES) return frames;
      const size = LENGTH_BYTES + this.rest.readInt32BE(0);
      if (this.rest.length < size) return frames;
      frames.push(this.rest.subarray(0, size));
      this.rest = this.rest.subarray(size);
    }
  }
}

/** Of a request: length, api key, api version, correlation id. */
export function isProduce(request: Buffer): boolean {
  return request.readInt16BE(LENGTH_BYTES) === PRODUCE;
}

export function requestId(request: Buffer): number {
  return request.readInt32BE(LENGTH_BYTES + 4);
}

/** Of an answer: length, correlation id. */
export function answerId(answer: Buffer): number {
  return answer.readInt32BE(LENGTH_BYTES);
}
