import { hash } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { TidemarkError } from "../core/errors.ts";
import type { StoredObject } from "./acts.ts";
import type { TableBase } from "./manifest.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/** One line of JSON per table, zstd. */
export function encodeManifest(tables: readonly TableBase[]): Buffer {
  return zstdCompressSync(
    tables.map((table) => JSON.stringify(table) + "\n").join(""),
  );
}

/** One JSON document, zstd: the definitions beside a base. */
export function encodeDocument(document: object): Buffer {
  return zstdCompressSync(JSON.stringify(document));
}

export async function readManifest(
  store: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
): Promise<TableBase[]> {
  const text = await readWhole(store, object, signal);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as TableBase);
}

/** Throws ARCHIVE_DAMAGED, and FORMAT_TOO_NEW when the document's `format` is not 1. */
export async function readDocument(
  store: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
): Promise<{ readonly format: 1 }> {
  const text = await readWhole(store, object, signal);
  const document = JSON.parse(text) as { readonly format: number };
  if (document.format === 1) return { ...document, format: 1 };
  throw new TidemarkError(
    "FORMAT_TOO_NEW",
    `${object.key} has format ${document.format}`,
    {
      hint: "read it with the version of Tidemark that wrote it, or a newer one",
    },
  );
}

/** Throws ARCHIVE_DAMAGED when the bytes are not those that the catalog names; nothing of them is used before that. */
async function readWhole(
  store: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(object.key, undefined, signal))
    chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (
    bytes.length !== object.bytes ||
    hash("sha256", bytes) !== object.sha256
  ) {
    throw new TidemarkError(
      "ARCHIVE_DAMAGED",
      `${object.key} has other bytes than the catalog says`,
      {
        hint: "restore it from a copy of the archive",
      },
    );
  }
  return zstdDecompressSync(bytes).toString("utf8");
}
