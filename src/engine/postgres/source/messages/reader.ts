/**
 * Big-endian fields of a message, in the order the protocol names them. The message may lie between others: nothing is read beyond
 * its end. Throws RangeError there. One reader serves many messages, so that a small one costs no object.
 */
export class MessageReader {
  buffer: Buffer;
  offset: number;
  end: number;

  constructor(buffer: Buffer, offset = 0) {
    this.buffer = buffer;
    this.offset = offset;
    this.end = buffer.length;
  }

  /** The next message is `buffer` from `offset` to `end`. */
  turnTo(buffer: Buffer, offset: number, end: number): void {
    this.buffer = buffer;
    this.offset = offset;
    this.end = end;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.end - this.offset;
  }

  uint8(): number {
    return this.buffer[this.take(1)] as number;
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.take(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.take(4));
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.take(4));
  }

  uint64(): bigint {
    const at = this.take(8);
    const high = this.buffer.readUInt32BE(at);
    return join(high, this.buffer.readUInt32BE(at + 4));
  }

  int64(): bigint {
    const at = this.take(8);
    const high = this.buffer.readInt32BE(at);
    return join(high, this.buffer.readUInt32BE(at + 4));
  }

  /** Up to the next zero byte. */
  string(): string {
    const end = this.buffer.indexOf(0, this.offset);
    if (end === -1 || end >= this.end)
      throw new RangeError("a string without an end");
    const text = this.buffer.toString("utf8", this.offset, end);
    this.offset = end + 1;
    return text;
  }

  /** A view. */
  bytes(size: number): Buffer {
    const from = this.take(size);
    return this.buffer.subarray(from, from + size);
  }

  skip(size: number): void {
    this.take(size);
  }

  private take(size: number): number {
    const from = this.offset;
    if (size > this.end - from)
      throw new RangeError("the message ends inside a value");
    this.offset = from + size;
    return from;
  }
}

/** Nearly all are below 2^53, and one bigint is less than three. */
function join(high: number, low: number): bigint {
  const value = high * 2 ** 32 + low;
  return Number.isSafeInteger(value)
    ? BigInt(value)
    : (BigInt(high) << 32n) + BigInt(low);
}

/** Microseconds from Postgres' epoch, 2000-01-01T00:00:00Z, to ours. */
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000n;

export function fromPostgresMicros(micros: bigint): bigint {
  return micros + POSTGRES_EPOCH_MICROS;
}

export function toPostgresMicros(micros: bigint): bigint {
  return micros - POSTGRES_EPOCH_MICROS;
}
