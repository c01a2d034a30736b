import { silentLogger, type Logger } from "../platform/logger.ts";
import { CatalogFold } from "./catalog-fold.ts";
import { readCheckpoint } from "./catalog-checkpoint.ts";
import { findProvenHead, type CatalogPlace } from "./catalog-head.ts";
import type { CatalogState } from "./catalog-state.ts";
import { readEntries } from "./read-entries.ts";

export interface ReadCatalogOptions extends CatalogPlace {
  readonly logger?: Logger;
  /** "start": every entry is read and the whole chain proved, as `verify` does. */
  readonly from?: "checkpoint" | "start";
}

/** The state of a catalog, or undefined when it has no entry. Throws CATALOG_DAMAGED, FORMAT_TOO_NEW. */
export async function readCatalog(
  options: ReadCatalogOptions,
  signal: AbortSignal,
): Promise<CatalogState | undefined> {
  const { store, source, logger = silentLogger } = options;
  const head = await findProvenHead(options, signal);
  const known =
    options.from === "start"
      ? undefined
      : await readCheckpoint({ store, source, logger }, head, signal);
  return readOn(options, { state: known, head }, signal);
}

/** Folds the entries behind `state` up to number `head`. */
export async function readOn(
  place: CatalogPlace,
  known: { readonly state: CatalogState | undefined; readonly head: number },
  signal: AbortSignal,
): Promise<CatalogState | undefined> {
  const fold = new CatalogFold(place.source, known.state);
  const range = { from: fold.last.n + 1, through: known.head };
  for await (const stored of readEntries(place, range, signal)) {
    fold.add(stored);
  }
  return fold.finish();
}
