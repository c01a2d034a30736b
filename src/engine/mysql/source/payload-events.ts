import { Readable } from "node:stream";
import { createZstdDecompress, zstdDecompressSync } from "node:zlib";
import type { TransactionPayload } from "./events/transaction-payload.ts";
import { HEADER_BYTES } from "./events/event-reader.ts";

/** More than that is decompressed piece by piece, so that a transaction's size does not matter. */
const SMALL_BYTES = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
const SIZE_AT = 9;
/** A server makes no larger event. */
const MAX_BYTES = 2 ** 30 + 1024 * 1024;

/** The events of a compressed transaction that is small; undefined: it is not. */
export function smallPayload(
  payload: TransactionPayload,
): readonly Buffer[] | undefined {
  if (payload.uncompressedBytes > SMALL_BYTES) return undefined;
  const splitter = new EventSplitter();
  const events = splitter.push(
    payload.compression === "none" ? payload.payload : inflate(payload),
  );
  splitter.end();
  return events;
}

/** Those of a large one, in batches. */
export async function* payloadEvents({
  compression,
  payload,
}: TransactionPayload): AsyncGenerator<readonly Buffer[]> {
  const splitter = new EventSplitter();
  if (compression === "none") {
    yield splitter.push(payload);
  } else {
    const chunks = Readable.from([payload]).pipe(
      createZstdDecompress({ chunkSize: CHUNK_BYTES }),
    );
    try {
      for await (const chunk of chunks) yield splitter.push(chunk as Buffer);
    } catch (cause) {
      throw damage(cause);
    } finally {
      chunks.destroy();
    }
  }
  splitter.end();
}

function inflate({ payload, uncompressedBytes }: TransactionPayload): Buffer {
  try {
    return zstdDecompressSync(payload, {
      maxOutputLength: Math.max(1, uncompressedBytes),
    });
  } catch (cause) {
    throw damage(cause);
  }
}

function damage(cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  return code?.startsWith("ZSTD_") === true || code === "ERR_BUFFER_TOO_LARGE"
    ? new RangeError("a compressed transaction that does not decompress", {
        cause,
      })
    : cause;
}

/** Cuts bytes into events by the sizes in their headers. */
class EventSplitter {
  private partial: Buffer = Buffer.alloc(0);
  private filled = 0;

  push(chunk: Buffer): readonly Buffer[] {
    const events: Buffer[] = [];
    let at = this.continue(chunk, events);
    while (chunk.length - at >= HEADER_BYTES) {
      const end = at + sizeAt(chunk, at);
      if (end > chunk.length) break;
      events.push(chunk.subarray(at, end));
      at = end;
    }
    if (at < chunk.length) {
      this.partial = Buffer.allocUnsafeSlow(HEADER_BYTES);
      this.continue(chunk.subarray(at), events);
    }
    return events;
  }

  end(): void {
    if (this.filled > 0)
      throw new RangeError("a compressed transaction that ends in an event");
  }

  /** Adds to the event that has begun; returns how much of the chunk it took. */
  private continue(chunk: Buffer, events: Buffer[]): number {
    let at = 0;
    while (this.partial.length > 0) {
      const copied = chunk.copy(this.partial, this.filled, at);
      at += copied;
      this.filled += copied;
      if (this.filled < this.partial.length) break;
      const size = sizeAt(this.partial, 0);
      if (size > this.partial.length) {
        // Its size is known now: one buffer, however many pieces it takes.
        const whole = Buffer.allocUnsafeSlow(size);
        this.partial.copy(whole);
        this.partial = whole;
      } else {
        events.push(this.partial);
        this.partial = Buffer.alloc(0);
        this.filled = 0;
      }
    }
    return at;
  }
}

function sizeAt(buffer: Buffer, at: number): number {
  const size = buffer.readUInt32LE(at + SIZE_AT);
  if (size < HEADER_BYTES || size > MAX_BYTES)
    throw new RangeError(`an event of ${size} bytes`);
  return size;
}
