import type { Act } from "../../src/archive/acts.ts";
import type { CatalogState } from "../../src/archive/catalog-state.ts";
import { readCatalog } from "../../src/archive/read-catalog.ts";
import { readEntries } from "../../src/archive/read-entries.ts";
import type { ObjectStore } from "../../src/storage/object-store.ts";
import { never } from "./never.ts";
import { ORDERS } from "./sample-catalog.ts";

/** Every entry, with its whole chain proved. */
export async function proved(
  store: ObjectStore,
): Promise<{ readonly state: CatalogState; readonly acts: readonly Act[] }> {
  const place = { store, source: ORDERS };
  const state = await readCatalog({ ...place, from: "start" }, never);
  if (state === undefined) throw new Error("no catalog");
  const range = { from: 1, through: state.entry.n };
  const stored = await Array.fromAsync(readEntries(place, range, never));
  return { state, acts: stored.map(({ entry }) => entry) };
}

/** Of its free acts, in order. */
export function marks(acts: readonly Act[]): number[] {
  return acts.flatMap((act) =>
    act.act === "verify" ? [act.throughEntry] : [],
  );
}
