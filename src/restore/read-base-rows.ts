import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { createZstdDecompress } from "node:zlib";
import type { StoredObject } from "../archive/acts.ts";
import type { TableBase } from "../archive/manifest.ts";
import { TidemarkError } from "../core/errors.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/**
 * A table base's bulk text, part after part. The hash of a part is known at its end: whoever loads it does so in one
 * transaction, and the error ends that. Throws ARCHIVE_DAMAGED, OBJECT_MISSING.
 */
export async function* readBaseRows(
  store: ObjectStore,
  base: TableBase,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for (const part of base.parts) yield* readBasePart(store, part, signal);
}

/** One part of it. Throws ARCHIVE_DAMAGED, OBJECT_MISSING. */
export async function* readBasePart(
  store: ObjectStore,
  part: StoredObject,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let bytes = 0;
  const stored = async function* () {
    for await (const chunk of store.read(part.key, undefined, signal)) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const source = Readable.from(stored(), { objectMode: false });
  const plain = createZstdDecompress({ chunkSize: 256 * 1024 });
  source.on("error", (error) => plain.destroy(error));
  source.pipe(plain);
  try {
    for await (const chunk of plain) yield chunk as Buffer;
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof TidemarkError) throw cause;
    throw damaged(part, "cannot be decompressed", cause);
  } finally {
    source.destroy();
  }
  if (bytes !== part.bytes)
    throw damaged(part, `is ${bytes} bytes long instead of ${part.bytes}`);
  if (hash.digest("hex") !== part.sha256)
    throw damaged(part, "has another SHA-256 than its manifest says");
}

function damaged(
  part: StoredObject,
  what: string,
  cause?: unknown,
): TidemarkError {
  return new TidemarkError("ARCHIVE_DAMAGED", `${part.key} ${what}`, {
    hint: "restore that object from a copy of the archive, or choose a point that another base serves",
    ...(cause === undefined ? {} : { cause }),
  });
}
