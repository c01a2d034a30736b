import { hasCode } from "../core/errors.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { CatalogPlace } from "./catalog-head.ts";
import {
  catalogDamaged,
  decodeEntry,
  hashEntry,
  type StoredEntry,
} from "./entry-codec.ts";
import { catalogKey } from "./keys.ts";

/** Requests under way at once: entries are small, so a store's latency is all that reading them costs. */
const READ_AHEAD = 32;

/** `from` and `through` inclusive. */
export interface EntryRange {
  readonly from: number;
  readonly through: number;
}

export async function readObject(
  store: ObjectStore,
  key: string,
  signal: AbortSignal,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(key, undefined, signal)) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Throws OBJECT_MISSING, CATALOG_DAMAGED, FORMAT_TOO_NEW. */
export async function readEntry(
  { store, source }: CatalogPlace,
  n: number,
  signal: AbortSignal,
): Promise<StoredEntry> {
  const key = catalogKey(source, n);
  const bytes = await readObject(store, key, signal);
  return { entry: decodeEntry(key, bytes), sha256: hashEntry(bytes) };
}

/** In order, several requests at once. An entry that is missing here is lost: CATALOG_DAMAGED. */
export async function* readEntries(
  place: CatalogPlace,
  range: EntryRange,
  signal: AbortSignal,
): AsyncGenerator<StoredEntry, void, undefined> {
  const stop = new AbortController();
  const reading = AbortSignal.any([signal, stop.signal]);
  const ahead: Promise<StoredEntry>[] = [];
  let next = range.from;
  try {
    for (let n = range.from; n <= range.through; n++) {
      while (next <= range.through && ahead.length < READ_AHEAD) {
        const entry = requireEntry(place, next++, reading);
        // Whoever awaits it hears of it; nobody does when an earlier one fails first.
        entry.catch(() => undefined);
        ahead.push(entry);
      }
      yield await (ahead.shift() as Promise<StoredEntry>);
    }
  } finally {
    stop.abort();
    await Promise.allSettled(ahead);
  }
}

/** As readEntry, of an entry that has been seen: CATALOG_DAMAGED where it is missing. */
export async function requireEntry(
  place: CatalogPlace,
  n: number,
  signal: AbortSignal,
): Promise<StoredEntry> {
  try {
    return await readEntry(place, n, signal);
  } catch (error) {
    if (!hasCode(error, "OBJECT_MISSING")) throw error;
    throw catalogDamaged(catalogKey(place.source, n), "is missing", error);
  }
}
