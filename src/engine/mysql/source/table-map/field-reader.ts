/**
 * Little-endian fields of a binlog event, in the order the protocol names them. Throws RangeError where it would read behind the event.
 */
export class FieldReader {
  readonly buffer: Buffer;
  offset: number;
  readonly end: number;

  constructor(buffer: Buffer, offset = 0, end = buffer.length) {
    this.buffer = buffer;
    this.offset = offset;
    this.end = end;
  }

  get left(): number {
    return this.end - this.offset;
  }

  /** 1 to 6 bytes. */
  uint(bytes: number): number {
    const first = this.take(bytes);
    return this.buffer.readUIntLE(first, bytes);
  }

  /** A packed integer: one byte below 251, or 252, 253, 254 before 2, 3, 8 bytes. */
  packed(): number {
    const first = this.uint(1);
    if (first < 251) return first;
    switch (first) {
      case 252:
        return this.uint(2);
      case 253:
        return this.uint(3);
      case 254: {
        const value = this.buffer.readBigUInt64LE(this.take(8));
        if (value > Number.MAX_SAFE_INTEGER)
          throw new RangeError("a packed integer beyond 2^53");
        return Number(value);
      }
      default:
        throw new RangeError("a packed integer that is null");
    }
  }

  /** A view. */
  bytes(size: number): Buffer {
    const first = this.take(size);
    return this.buffer.subarray(first, first + size);
  }

  /** A packed length and as many bytes; a view. */
  packedBytes(): Buffer {
    return this.bytes(this.packed());
  }

  /** The reader of the next `size` bytes, which are passed. */
  part(size: number): FieldReader {
    const first = this.take(size);
    return new FieldReader(this.buffer, first, first + size);
  }

  private take(size: number): number {
    const first = this.offset;
    if (size > this.end - first)
      throw new RangeError("the event ends inside a field");
    this.offset = first + size;
    return first;
  }
}
