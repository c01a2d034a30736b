/** Timestamp, type, server id, size, end, flags. */
export const HEADER_BYTES = 19;

/**
 * Header: Int32 second · Int8 type · Int32 server id · Int32 size with header and checksum · Int32 end in the file, modulo 2^32 ·
 * Int16 flags. Little-endian, unsigned.
 *
 * Fields of an event, in the order its grammar names them. The event may lie between others: nothing is read beyond its end. Throws
 * RangeError there. One reader serves many events, so that a small one costs no object.
 */
export class EventReader {
  buffer: Buffer = Buffer.alloc(0);
  offset = 0;
  end = 0;
  /** Where the header begins. */
  start = 0;
  type = 0;
  second = 0;
  serverId = 0;
  /** Modulo 2^32; 0: it is in no file. */
  logPos = 0;
  flags = 0;

  /** The next event is `buffer` from `start` to `end`; `trailing` bytes of checksum are not its content. */
  turnTo(
    buffer: Buffer,
    { start, end }: { readonly start: number; readonly end: number },
    trailing: number,
  ): void {
    if (end - start < HEADER_BYTES + trailing)
      throw new RangeError(`an event of ${end - start} bytes`);
    this.buffer = buffer;
    this.start = start;
    this.second = buffer.readUInt32LE(start);
    this.type = buffer[start + 4] as number;
    this.serverId = buffer.readUInt32LE(start + 5);
    const size = buffer.readUInt32LE(start + 9);
    this.logPos = buffer.readUInt32LE(start + 13);
    this.flags = buffer.readUInt16LE(start + 17);
    if (size !== end - start)
      throw new RangeError(
        `an event of ${size} bytes in a packet of ${end - start}`,
      );
    this.offset = start + HEADER_BYTES;
    this.end = end - trailing;
  }

  /** The content is another one, as of a compressed event. */
  replaceContent(content: Buffer, type: number): void {
    this.buffer = content;
    this.start = 0;
    this.offset = 0;
    this.end = content.length;
    this.type = type;
  }

  get left(): number {
    return this.end - this.offset;
  }

  /** A view of what is left. */
  rest(): Buffer {
    return this.bytes(this.left);
  }

  /** Whether `bytes` come next. A loop: they are few, and mostly do. */
  isNext(bytes: Buffer): boolean {
    const { buffer, offset } = this;
    if (bytes.length > this.left) return false;
    for (let at = 0; at < bytes.length; at++)
      if (buffer[offset + at] !== bytes[at]) return false;
    return true;
  }

  uint8(): number {
    return this.buffer[this.take(1)] as number;
  }

  uint16(): number {
    return this.buffer.readUInt16LE(this.take(2));
  }

  uint32(): number {
    return this.buffer.readUInt32LE(this.take(4));
  }

  uint48(): number {
    return this.buffer.readUIntLE(this.take(6), 6);
  }

  /** What `uint48` gives next. */
  peekUint48(): number {
    const number = this.uint48();
    this.offset -= 6;
    return number;
  }

  /** Below 2^53; throws beyond. */
  uint64(): number {
    const low = this.uint32();
    const high = this.uint32();
    if (high >= 2 ** 21)
      throw new RangeError(`a number of ${high} * 2^32 + ${low} in an event`);
    return high * 2 ** 32 + low;
  }

  /** MySQL's length-encoded integer. */
  packed(): number {
    const first = this.uint8();
    switch (first) {
      case 0xfc:
        return this.uint16();
      case 0xfd:
        return this.buffer.readUIntLE(this.take(3), 3);
      case 0xfe:
        return this.uint64();
      case 0xfb:
      case 0xff:
        throw new RangeError(`a length that begins with ${first}`);
      default:
        return first;
    }
  }

  /** A view. */
  bytes(size: number): Buffer {
    const from = this.take(size);
    return this.buffer.subarray(from, from + size);
  }

  latin1(size: number): string {
    const from = this.take(size);
    return this.buffer.toString("latin1", from, from + size);
  }

  utf8(size: number): string {
    const from = this.take(size);
    return this.buffer.toString("utf8", from, from + size);
  }

  skip(size: number): void {
    this.take(size);
  }

  private take(size: number): number {
    const from = this.offset;
    if (size > this.end - from || size < 0)
      throw new RangeError(`an event of type ${this.type} ends inside a value`);
    this.offset = from + size;
    return from;
  }
}
