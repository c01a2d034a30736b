import { isEof, isError, OK } from "./server-answer.ts";

/**
 * Packets that came together, in the memory that they came in: payload `at` is `buffer` from `starts[at]` to `ends[at]`. A view of each
 * would cost more than reading most events does.
 */
export class PacketRun {
  readonly buffer: Buffer;
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  static of(payload: Buffer): PacketRun {
    const run = new PacketRun(payload);
    run.add(0, payload.length);
    return run;
  }

  get length(): number {
    return this.ends.length;
  }

  add(start: number, end: number): void {
    this.starts.push(start);
    this.ends.push(end);
  }

  /** A view. */
  payload(at: number): Buffer {
    return this.buffer.subarray(this.starts[at], this.ends[at]);
  }

  /** The first EOF or ERR, which ends the run; undefined: there is none. */
  takeEnd(): Buffer | undefined {
    for (let at = 0; at < this.length; at++) {
      // As good as always it is the 0 of an OK.
      if (this.buffer[this.starts[at] as number] === OK) continue;
      const payload = this.payload(at);
      if (!isEof(payload) && !isError(payload)) continue;
      this.starts.length = at;
      this.ends.length = at;
      return payload;
    }
    return undefined;
  }
}
