/**
 * A growing buffer with Avro's primitives (Avro 1.12 specification, "Binary Encoding"). Hot: no allocation but the growth.
 */
export class AvroWriter {
  buffer: Buffer<ArrayBuffer>;
  length = 0;
  /** Where the bytes begin that were not cut off yet. */
  private base = 0;
  private readonly chunkBytes: number;

  constructor(chunkBytes = 4096) {
    this.chunkBytes = chunkBytes;
    this.buffer = Buffer.allocUnsafeSlow(chunkBytes);
  }

  /** Makes room for `more` bytes after `length`; `buffer` may be another one afterwards. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.buffer.length) return;
    const size = this.length - this.base;
    const grown = Buffer.allocUnsafeSlow(
      Math.max(
        this.chunkBytes,
        size + more > this.chunkBytes ? 2 * (size + more) : 0,
      ),
    );
    this.buffer.copy(grown, 0, this.base, this.length);
    this.buffer = grown;
    this.base = 0;
    this.length = size;
  }

  /** An int or a long: zigzag, then base 128, least significant group first. |value| < 2^53. */
  writeLong(value: number): void {
    this.reserve(10);
    const buffer = this.buffer;
    let at = this.length;
    if (value >= -0x4000_0000 && value < 0x4000_0000) {
      let rest = ((value << 1) ^ (value >> 31)) >>> 0;
      while (rest > 0x7f) {
        buffer[at++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      buffer[at++] = rest;
    } else {
      // Beyond 31 bits in doubles: zigzag is 2·half + sign, and half stays exact below 2^53.
      const half = value >= 0 ? value : -value - 1;
      let byte = (half % 64) * 2 + (value >= 0 ? 0 : 1);
      let rest = Math.floor(half / 64);
      while (rest > 0) {
        buffer[at++] = byte | 0x80;
        byte = rest % 128;
        rest = Math.floor(rest / 128);
      }
      buffer[at++] = byte;
    }
    this.length = at;
  }

  writeBoolean(value: boolean): void {
    this.reserve(1);
    this.buffer[this.length++] = value ? 1 : 0;
  }

  writeString(value: string): void {
    const size = Buffer.byteLength(value);
    this.writeLong(size);
    this.reserve(size);
    this.length += this.buffer.write(value, this.length, size, "utf8");
  }

  writeBytes(bytes: Uint8Array): void {
    this.writeLong(bytes.length);
    this.writeRaw(bytes);
  }

  /** A fixed, given as hexadecimal digits. */
  writeHex(digits: string): void {
    const size = digits.length >>> 1;
    this.reserve(size);
    this.length += this.buffer.write(digits, this.length, size, "hex");
  }

  writeRaw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** How many bytes were written since the last cut. */
  get size(): number {
    return this.length - this.base;
  }

  /** A view of what was written since the last cut; valid until the next write. */
  view(): Buffer<ArrayBuffer> {
    return this.buffer.subarray(this.base, this.length);
  }

  /** What was written since the last cut, as a view that stays: later writes go behind it, or into another chunk. */
  cut(): Buffer<ArrayBuffer> {
    const bytes = this.view();
    this.base = this.length;
    return bytes;
  }

  /** Forgets what was written since the last cut. */
  clear(): void {
    this.length = this.base;
  }
}
