/*
 * Packet: Int24 length · Int8 sequence number · content. A packet of 2^24-1 bytes goes on in the next one. Of a dump each content is Int8 0 ·
 * one event, or an answer that ends the dump: Int8 0xff · error, Int8 0xfe · end.
 */
const HEADER_BYTES = 4;
const FULL_PACKET = 0xff_ffff;
/** A server makes no larger event, whatever its max_allowed_packet. */
const MAX_BYTES = 2 ** 30 + 1024 * 1024;
/** Up to the size of the event, from the content's first byte on. */
const PREFIX_BYTES = 14;

export const EVENT_PACKET = 0;
export const ERROR_PACKET = 0xff;
export const END_PACKET = 0xfe;

/**
 * Cuts what a socket reads into the contents of packets, without an object for each. Throws RangeError on what the protocol does not have.
 * Hot.
 */
export class PacketSplitter {
  /** Where the content lies that `next` found; valid until the next call. */
  buffer: Buffer = EMPTY;
  readonly range = { start: 0, end: 0 };
  private chunk: Buffer = EMPTY;
  private at = 0;
  /** Content of packets that did not come at once. */
  private partial: Buffer = EMPTY;
  private filled = 0;
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private headerFilled = 0;
  /** Of the packet that has begun. */
  private left = 0;
  private isLast = false;

  /** Takes what was read; all of the chunk before has been asked for. */
  push(chunk: Buffer): void {
    this.chunk = chunk;
    this.at = 0;
  }

  /** Whether there is another whole content. */
  next(): boolean {
    const { chunk, at, range } = this;
    if (this.headerFilled === 0 && this.filled === 0) {
      // As good as always: it lies in the chunk from header to end.
      const from = at + HEADER_BYTES;
      if (from > chunk.length) return this.gather();
      const size = chunk.readUIntLE(at, 3);
      if (size === FULL_PACKET || from + size > chunk.length)
        return this.gather();
      this.at = from + size;
      this.buffer = chunk;
      range.start = from;
      range.end = from + size;
      return true;
    }
    return this.gather();
  }

  private gather(): boolean {
    const { chunk, header } = this;
    while (this.at < chunk.length) {
      if (this.headerFilled < HEADER_BYTES) {
        const copied = chunk.copy(header, this.headerFilled, this.at);
        this.at += copied;
        this.headerFilled += copied;
        if (this.headerFilled < HEADER_BYTES) return false;
        this.left = header.readUIntLE(0, 3);
        this.isLast = this.left < FULL_PACKET;
      }
      const size = Math.min(this.left, chunk.length - this.at);
      this.reserve(size);
      chunk.copy(this.partial, this.filled, this.at, this.at + size);
      this.at += size;
      this.filled += size;
      this.left -= size;
      if (this.left > 0) return false;
      this.headerFilled = 0;
      if (this.isLast) return this.give();
    }
    return false;
  }

  /** One buffer of the event's size as soon as that is known, however many reads it takes. */
  private reserve(size: number): void {
    const needed = this.filled + size;
    if (needed > MAX_BYTES)
      throw new RangeError(`an event of more than ${MAX_BYTES} bytes`);
    if (needed <= this.partial.length) return;
    const { partial, filled } = this;
    const known =
      filled >= PREFIX_BYTES && partial[0] === EVENT_PACKET
        ? 1 + partial.readUInt32LE(10)
        : this.filled + this.left;
    this.partial = Buffer.allocUnsafeSlow(
      Math.min(MAX_BYTES, Math.max(needed, known)),
    );
    partial.copy(this.partial, 0, 0, filled);
  }

  private give(): boolean {
    const { range } = this;
    this.buffer = this.partial;
    range.start = 0;
    range.end = this.filled;
    this.partial = EMPTY;
    this.filled = 0;
    return true;
  }
}

const EMPTY = Buffer.alloc(0);
