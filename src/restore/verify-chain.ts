import { isDeepStrictEqual } from "node:util";
import { CatalogFold } from "../archive/catalog-fold.ts";
import {
  decodeCheckpoint,
  encodeCheckpoint,
  STATE_FORMAT,
  type Checkpoint,
} from "../archive/catalog-checkpoint.ts";
import type { CatalogPlace } from "../archive/catalog-head.ts";
import type { CatalogState } from "../archive/catalog-state.ts";
import { catalogDamaged } from "../archive/entry-codec.ts";
import {
  catalogKey,
  catalogPrefix,
  checkpointKey,
  entryNumber,
} from "../archive/keys.ts";
import { readEntries, readObject } from "../archive/read-entries.ts";
import { findingOf, type Finding } from "./finding.ts";

/** The checkpoints that are as the entries make them, by number. */
type Seen = Map<number, Checkpoint>;

export interface VerifiedChain {
  /** After the last entry that follows from those before it. */
  readonly state: CatalogState | undefined;
  /** The number of the newest object that is named as an entry. */
  readonly newest: number;
  readonly findings: readonly Finding[];
}

/**
 * Reads every entry from the first on and follows the hashes; checkpoints are not trusted but compared. What is listed counts, so
 * that an entry behind a hole is seen. The first entry that does not follow ends the chain: what it and later ones say of the
 * archive is unknown.
 */
export async function verifyChain(
  place: CatalogPlace,
  signal: AbortSignal,
): Promise<VerifiedChain> {
  const { source, store } = place;
  const found = await listCatalog(place, signal);
  const findings: Finding[] = [];
  const fold = new CatalogFold(source, undefined);
  const before: Seen = new Map();
  try {
    const range = { from: 1, through: found.newest };
    for await (const stored of readEntries(place, range, signal)) {
      fold.add(stored);
      const n = fold.last.n;
      const state = fold.finish();
      if (!found.checkpoints.has(n) || state === undefined) continue;
      const key = checkpointKey(source, n);
      const why = compareCheckpoint(await readObject(store, key, signal), {
        state,
        before,
      });
      if (why === undefined) continue;
      findings.push(
        findingOf(catalogDamaged(key, why), { object: key, affects: {} }),
      );
    }
  } catch (error) {
    const head = fold.finish()?.head.seq ?? -1;
    findings.push(
      findingOf(error, {
        object: catalogKey(source, fold.last.n + 1),
        affects: { restores: { fromSeq: head + 1, throughSeq: null } },
      }),
    );
  }
  return { state: fold.finish(), newest: found.newest, findings };
}

async function listCatalog(
  { store, source }: CatalogPlace,
  signal: AbortSignal,
) {
  const checkpoints = new Set<number>();
  let newest = 0;
  for await (const { key } of store.list(
    catalogPrefix(source),
    undefined,
    signal,
  )) {
    newest = Math.max(newest, entryNumber(key) ?? 0);
    const n = Number(/\/(\d{20})\.checkpoint$/.exec(key)?.[1] ?? 0);
    if (n > 0) checkpoints.add(n);
  }
  return { newest, checkpoints };
}

/**
 * Why a checkpoint is not the state that the entries make, or undefined. One of another format is nobody's any more; one that continues
 * another is compared only where that one is as it says.
 */
function compareCheckpoint(
  stored: Buffer,
  { state, before }: { readonly state: CatalogState; readonly before: Seen },
): string | undefined {
  const format = formatOf(stored);
  if (format !== undefined && format !== STATE_FORMAT) return undefined;
  const { n } = state.entry;
  const said = decodeCheckpoint(n, stored);
  if (said === undefined)
    return "is damaged: readers pass it over and take longer";
  const { earlier } = said;
  if (earlier !== null && !isDeepStrictEqual(earlier, before.get(earlier.n)))
    return "continues another one than is there: readers pass it over and take longer";
  const expected = encodeCheckpoint(state, earlier ?? undefined);
  if (!isDeepStrictEqual(said.state, decodeCheckpoint(n, expected)?.state))
    return "says something else than the entries that it stands for";
  before.set(n, { n, sha256: said.sha256, segments: state.segments.length });
  return undefined;
}

function formatOf(checkpoint: Buffer): unknown {
  try {
    const line = checkpoint.subarray(0, checkpoint.indexOf(0x0a));
    const header = JSON.parse(line.toString("utf8")) as { format?: unknown };
    return header.format;
  } catch {
    return undefined;
  }
}
