import { readUnnamedDocument } from "../archive/base-documents.ts";
import { baseCopyOf, baseOfPrefix, basePrefix } from "../archive/keys.ts";
import type { CatalogState } from "../archive/catalog-state.ts";
import { parseInstant, type Micros } from "../core/instant.ts";
import type { SourceName } from "../core/source-name.ts";
import type { BaseWork, TableCopy } from "./base-work.ts";

/** With less left, an unfinished base is not taken up again. */
const LEAST_MICROS = 12n * 3600n * 1_000_000n;

/** The unfinished base of an earlier run that is still good to go on with. Pure. */
export function findUnfinishedBase(
  state: CatalogState,
  source: SourceName,
  now: Micros,
): string | undefined {
  const intent = state.intents.findLast(
    ({ expiresAt }) => parseInstant(expiresAt) - now > LEAST_MICROS,
  );
  return intent && baseOfPrefix(source, intent.prefix);
}

/**
 * What earlier runs of this base left: the whole copies, the newest per table, and the number of the next attempt. A copy counts when
 * its document is there, and that was written last.
 */
export async function readEarlierCopies(
  work: BaseWork,
  signal: AbortSignal,
): Promise<{
  readonly copies: readonly TableCopy[];
  readonly attempt: number;
}> {
  const { store, source, base } = work;
  const newest = new Map<number, TableCopy>();
  let last = 0;
  for await (const { key } of store.list(
    basePrefix(source, base),
    undefined,
    signal,
  )) {
    const found = baseCopyOf(key);
    if (found === undefined) continue;
    last = Math.max(last, found.attempt);
    if (!found.whole) continue;
    const copy = (await readUnnamedDocument(store, key, signal)) as TableCopy;
    // In byte order of the keys, so a later attempt of the same table comes later.
    newest.set(copy.table.table, copy);
  }
  return { copies: [...newest.values()], attempt: last + 1 };
}
