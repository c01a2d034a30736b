import { hash } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { TidemarkError } from "../core/errors.ts";
import type { StoredObject } from "../archive/acts.ts";
import type { TableBase } from "../archive/manifest.ts";
import type { Definitions } from "../engine/definitions.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/** One line of JSON per table, zstd. */
export function encodeManifest(tables: readonly TableBase[]): Buffer {
  return zstdCompressSync(
    tables.map((table) => JSON.stringify(table) + "\n").join(""),
  );
}

export function encodeDefinitions(definitions: Definitions): Buffer {
  return zstdCompressSync(JSON.stringify(definitions));
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

export async function readStoredDefinitions(
  store: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
): Promise<Definitions> {
  const definitions = JSON.parse(
    await readWhole(store, object, signal),
  ) as Definitions;
  if (Number(definitions.format) !== 1) {
    throw new TidemarkError(
      "FORMAT_TOO_NEW",
      `${object.key} has format ${String(definitions.format)}`,
      {
        hint: "restore with the version of Tidemark that wrote it, or a newer one",
      },
    );
  }
  return definitions;
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
