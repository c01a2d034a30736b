import type { SourceName } from "../core/source-name.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { catalogDamaged } from "./entry-codec.ts";
import { catalogKey, catalogPrefix, entryNumber } from "./keys.ts";

export interface CatalogPlace {
  readonly store: ObjectStore;
  readonly source: SourceName;
}

/**
 * The number of the newest entry, `known` being one that exists (or 0). Numbers are dense, so it doubles its steps and then
 * bisects: at most 2·log₂ of the distance, whatever the catalog's length.
 */
export async function findHead(
  place: CatalogPlace,
  known: number,
  signal: AbortSignal,
): Promise<number> {
  let low = known;
  let step = 1;
  while (await entryExists(place, low + step, signal)) {
    low += step;
    step *= 2;
  }
  let high = low + step;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (await entryExists(place, middle, signal)) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * As findHead, and proves that nothing lies behind it: with an entry lost, the search would end before the hole, and the next
 * append would begin a second history there.
 */
export async function findProvenHead(
  place: CatalogPlace,
  signal: AbortSignal,
): Promise<number> {
  let head = 0;
  for (;;) {
    head = await findHead(place, head, signal);
    const next = await firstNumberAfter(place, head, signal);
    if (next === undefined) return head;
    // Written meanwhile, or a hole.
    if (!(await entryExists(place, head + 1, signal))) {
      throw catalogDamaged(
        catalogKey(place.source, head + 1),
        `is missing: entry ${next} exists`,
      );
    }
  }
}

async function entryExists(
  { store, source }: CatalogPlace,
  n: number,
  signal: AbortSignal,
): Promise<boolean> {
  return (await store.stat(catalogKey(source, n), signal)) !== undefined;
}

async function firstNumberAfter(
  { store, source }: CatalogPlace,
  n: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const keys = store.list(catalogPrefix(source), catalogKey(source, n), signal);
  for await (const { key } of keys) {
    const number = entryNumber(key);
    if (number !== undefined) return number;
  }
  return undefined;
}
