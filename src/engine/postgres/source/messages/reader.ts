/** Big-endian fields of a pgoutput message, in the order the protocol names them. */
export class MessageReader {
  readonly buffer: Buffer;
  offset: number;

  constructor(buffer: Buffer, offset = 0) {
    this.buffer = buffer;
    this.offset = offset;
  }

  uint8(): number {
    return this.buffer.readUInt8(this.offset++);
  }

  uint16(): number {
    const value = this.buffer.readUInt16BE(this.offset);
    this.offset += 2;
    return value;
  }

  int32(): number {
    const value = this.buffer.readInt32BE(this.offset);
    this.offset += 4;
    return value;
  }

  uint32(): number {
    const value = this.buffer.readUInt32BE(this.offset);
    this.offset += 4;
    return value;
  }

  uint64(): bigint {
    const value = this.buffer.readBigUInt64BE(this.offset);
    this.offset += 8;
    return value;
  }

  int64(): bigint {
    const value = this.buffer.readBigInt64BE(this.offset);
    this.offset += 8;
    return value;
  }

  /** Up to the next zero byte. */
  string(): string {
    const end = this.buffer.indexOf(0, this.offset);
    if (end === -1) throw new RangeError("a string without an end");
    const text = this.buffer.toString("utf8", this.offset, end);
    this.offset = end + 1;
    return text;
  }

  bytes(size: number): Buffer {
    if (this.offset + size > this.buffer.length) {
      throw new RangeError("the message ends inside a value");
    }
    const bytes = this.buffer.subarray(this.offset, this.offset + size);
    this.offset += size;
    return bytes;
  }

  get atEnd(): boolean {
    return this.offset >= this.buffer.length;
  }
}

/** Microseconds from Postgres' epoch, 2000-01-01T00:00:00Z, to ours. */
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000n;

export function fromPostgresMicros(micros: bigint): bigint {
  return micros + POSTGRES_EPOCH_MICROS;
}

export function toPostgresMicros(micros: bigint): bigint {
  return micros - POSTGRES_EPOCH_MICROS;
}
