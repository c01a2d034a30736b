import { hash } from "node:crypto";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { TidemarkError } from "../core/errors.ts";
import type { StoredObject } from "./acts.ts";
import type { TableBase } from "./manifest.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/** One line of JSON per table, zstd. */
export function encodeManifest(tables: readonly TableBase[]): Buffer {
  return compress(tables.map((table) => JSON.stringify(table) + "\n").join(""));
}

/** One JSON document, zstd: the definitions beside a base, a copy that is whole. */
export function encodeDocument(document: object): Buffer {
  return compress(JSON.stringify(document));
}

function compress(text: string): Buffer {
  return zstdCompressSync(text, {
    params: { [constants.ZSTD_c_checksumFlag]: 1 },
  });
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
  return parseDocument(object.key, await readWhole(store, object, signal));
}

/** A document that no entry names yet: its own checksum is all that says that it is whole. */
export async function readUnnamedDocument(
  store: ObjectStore,
  key: string,
  signal: AbortSignal,
): Promise<{ readonly format: 1 }> {
  const bytes = await collect(store.read(key, undefined, signal));
  return parseDocument(key, decompress(key, bytes));
}

function parseDocument(key: string, text: string): { readonly format: 1 } {
  const document = JSON.parse(text) as { readonly format: number };
  if (document.format === 1) return { ...document, format: 1 };
  throw new TidemarkError(
    "FORMAT_TOO_NEW",
    `${key} has format ${document.format}`,
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
  const bytes = await collect(store.read(object.key, undefined, signal));
  if (
    bytes.length !== object.bytes ||
    hash("sha256", bytes) !== object.sha256
  ) {
    throw damaged(object.key);
  }
  return decompress(object.key, bytes);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

function decompress(key: string, bytes: Buffer): string {
  try {
    return zstdDecompressSync(bytes).toString("utf8");
  } catch (cause) {
    throw damaged(key, cause);
  }
}

function damaged(key: string, cause?: unknown): TidemarkError {
  return new TidemarkError(
    "ARCHIVE_DAMAGED",
    `${key} has other bytes than were written`,
    { hint: "restore it from a copy of the archive", cause },
  );
}
