import { silentLogger, type Logger } from "../platform/logger.ts";
import { CatalogFold } from "./catalog-fold.ts";
import {
  readCheckpoint,
  type CheckpointedState,
} from "./catalog-checkpoint.ts";
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
  return (await readCheckpointedCatalog(options, signal)).state;
}

/** And the checkpoint that it was read from, which the next one continues. */
export async function readCheckpointedCatalog(
  options: ReadCatalogOptions,
  signal: AbortSignal,
): Promise<Partial<CheckpointedState>> {
  const { store, source, logger = silentLogger } = options;
  const head = await findProvenHead(options, signal);
  const known =
    options.from === "start"
      ? undefined
      : await readCheckpoint({ store, source, logger }, head, signal);
  const state = await readOn(options, { state: known?.state, head }, signal);
  return { ...known, ...(state === undefined ? {} : { state }) };
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
