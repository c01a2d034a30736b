/**
 * Avro's primitives from a buffer. Throws RangeError at the end of the bytes and on a long of 2^53 or more; whoever opened
 * the bytes knows their name and translates.
 */
export class AvroReader {
  readonly buffer: Buffer;
  offset: number;
  readonly end: number;

  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.buffer = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = from;
    this.end = to;
  }

  get atEnd(): boolean {
    return this.offset >= this.end;
  }

  readLong(): number {
    const buffer = this.buffer;
    let at = this.offset;
    let byte = this.byteAt(at++);
    let rest = byte & 0x7f;
    let shift = 7;
    while (byte > 0x7f) {
      if (shift === 28) return this.readWideLong(at, rest);
      byte = at < this.end ? (buffer[at] as number) : this.byteAt(at);
      at++;
      rest |= (byte & 0x7f) << shift;
      shift += 7;
    }
    this.offset = at;
    return (rest >>> 1) ^ -(rest & 1);
  }

  skipLong(): void {
    const { buffer, end } = this;
    let at = this.offset;
    while (at < end && (buffer[at] as number) > 0x7f) at++;
    if (at >= end) throw new RangeError("the bytes end inside a value");
    this.offset = at + 1;
  }

  /** Beyond 28 bits in doubles: exact below 2^53. */
  private readWideLong(from: number, low: number): number {
    let at = from;
    let high = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byteAt(at++);
      high += (byte & 0x7f) * scale;
      if (byte <= 0x7f) break;
      scale *= 128;
      if (at - from > 6) throw new RangeError("a long has more than ten bytes");
    }
    this.offset = at;
    const half = (low >>> 1) + high * 0x800_0000;
    const value = low & 1 ? -half - 1 : half;
    if (!Number.isSafeInteger(value))
      throw new RangeError("a long is not below 2^53");
    return value;
  }

  private byteAt(at: number): number {
    if (at >= this.end) throw new RangeError("the bytes end inside a value");
    return this.buffer[at] as number;
  }

  readBoolean(): boolean {
    const byte = this.byteAt(this.offset++);
    if (byte > 1) throw new RangeError(`a boolean is ${byte}`);
    return byte === 1;
  }

  /** A view, not a copy. */
  readRaw(size: number): Buffer {
    const from = this.skip(size);
    return this.buffer.subarray(from, this.offset);
  }

  /** Returns where the bytes that were skipped begin. */
  skip(size: number): number {
    const from = this.offset;
    const to = from + size;
    if (size < 0 || to > this.end)
      throw new RangeError("the bytes end inside a value");
    this.offset = to;
    return from;
  }

  readBytes(): Buffer {
    return this.readRaw(this.readLong());
  }

  readString(): string {
    const from = this.skip(this.readLong());
    return this.buffer.toString("utf8", from, this.offset);
  }

  readHex(size: number): string {
    const from = this.skip(size);
    return this.buffer.toString("hex", from, this.offset);
  }

  /** The length of the next block of an array: 0 at its end. A sized block's size is read and dropped. */
  readBlockCount(): number {
    const count = this.readLong();
    if (count >= 0) return count;
    this.readLong();
    return -count;
  }
}
