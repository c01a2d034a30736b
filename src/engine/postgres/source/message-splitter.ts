import { MessageReader } from "./messages/reader.ts";

/*
 * Message: Byte1 kind · Int32 length, itself included · content. CopyData ('d') holds one message of the replication protocol.
 */
const HEADER_BYTES = 5;
const COPY_DATA = 0x64;
/** A server allocates at most 1 GiB for one of its messages. */
const MAX_COPY_BYTES = 2 ** 30;
/** Everything but CopyData is an answer, a notice or an error. */
const MAX_OTHER_BYTES = 1024 * 1024;

export interface SplitHandlers {
  /** The content of one CopyData. The reader is used again for the next one, and its buffer may be. */
  readonly onCopyData: (message: MessageReader) => void;
  /** Any other message, whole. */
  readonly onOther: (message: Buffer) => void;
}

/**
 * Cuts what a socket reads into messages, without an object per message: small ones come by the million. Throws RangeError on
 * what the protocol does not have, and what the handlers throw. Hot.
 */
export class MessageSplitter {
  private readonly handlers: SplitHandlers;
  private readonly reader = new MessageReader(Buffer.alloc(0));
  /** A message whose end has not been read: its header first, then all of it. */
  private partial: Buffer | undefined;
  private filled = 0;

  constructor(handlers: SplitHandlers) {
    this.handlers = handlers;
  }

  /** Takes what was read; keeps no view of it. */
  push(chunk: Buffer): void {
    let at = this.continue(chunk);
    while (chunk.length - at >= HEADER_BYTES) {
      const to = at + messageBytes(chunk, at);
      if (to > chunk.length) break;
      this.give(chunk, at, to);
      at = to;
    }
    if (at === chunk.length) return;
    this.partial = Buffer.allocUnsafe(HEADER_BYTES);
    this.continue(chunk.subarray(at));
  }

  /** Adds to the message that has begun; returns how much of the chunk it took. */
  private continue(chunk: Buffer): number {
    let at = 0;
    while (this.partial !== undefined) {
      const { partial } = this;
      const copied = chunk.copy(partial, this.filled, at);
      at += copied;
      this.filled += copied;
      if (this.filled < partial.length) break;
      const size = messageBytes(partial, 0);
      if (size === partial.length) {
        this.partial = undefined;
        this.filled = 0;
        this.give(partial, 0, size);
      } else {
        // Its size is known now: one buffer, however many reads it takes.
        this.partial = Buffer.allocUnsafe(size);
        partial.copy(this.partial);
      }
    }
    return at;
  }

  private give(buffer: Buffer, from: number, to: number): void {
    if (buffer[from] === COPY_DATA) {
      this.reader.turnTo(buffer, from + HEADER_BYTES, to);
      this.handlers.onCopyData(this.reader);
    } else {
      this.handlers.onOther(buffer.subarray(from, to));
    }
  }
}

/** Of the message that begins at `at`, header included. */
function messageBytes(buffer: Buffer, at: number): number {
  const length = buffer.readUInt32BE(at + 1);
  const most = buffer[at] === COPY_DATA ? MAX_COPY_BYTES : MAX_OTHER_BYTES;
  if (length < 4 || length > most)
    throw new RangeError(
      `a message of kind ${buffer[at]} and ${length} bytes in the stream`,
    );
  return 1 + length;
}
