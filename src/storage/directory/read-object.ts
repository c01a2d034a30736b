import { open } from "node:fs/promises";
import { boundsOf } from "../byte-range.ts";
import type { ByteRange } from "../object-store.ts";

const CHUNK_BYTES = 1024 * 1024;

/** Each chunk has a buffer of its own: whoever takes it may keep it, give it away or free it. */
export async function* readFileChunks(
  path: string,
  range: ByteRange | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { from, to } = boundsOf(range);
  signal.throwIfAborted();
  await using file = await open(path, "r");
  for (let at = from; at < to;) {
    signal.throwIfAborted();
    const length = Math.min(CHUNK_BYTES, to - at);
    const { bytesRead, buffer } = await file.read({
      buffer: Buffer.allocUnsafeSlow(length),
      position: at,
    });
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
