import { byPosition, findLastCommit } from "../archive/find-commit.ts";
import { isBeforeGapEnd } from "../archive/gaps.ts";
import type { TableBase } from "../archive/manifest.ts";
import { requireSameSource } from "../archive/same-source.ts";
import { TableHistories } from "../archive/table-history.ts";
import { waitForArchive } from "../archive/wait-for-archive.ts";
import { TidemarkError } from "../core/errors.ts";
import {
  isAtOrBefore,
  parsePosition,
  type Position,
} from "../core/position.ts";
import { tableLabel } from "../core/shape.ts";
import type { Snapshot } from "../engine/table-reader.ts";
import type { BaseWork, TableCopy } from "./base-work.ts";
import { copyTables } from "./copy-tables.ts";
import { readEarlierCopies } from "./earlier-copies.ts";
import { disturbanceBetween, endBetween, planBase } from "./plan-base.ts";

/** How often a table that changes under its copy is copied again. */
const ROUNDS = 5;
const SNAPSHOT_TIMEOUT_MS = 60_000;
const ARCHIVE_TIMEOUT_MS = 10 * 60_000;

export interface SettledTables {
  readonly snapshot: Pick<Snapshot, "definitions" | "position" | "tables">;
  /** Of the definitions. */
  readonly seq: number;
  readonly tables: readonly TableBase[];
}

/**
 * Copies until every table's copy and the definitions stand. A copy stands when the archive, having passed its end, shows neither
 * TRUNCATE nor DDL of that table under it; it then keeps its own seq, also when others have to be copied again.
 */
export async function settleTables(
  work: BaseWork,
  signal: AbortSignal,
): Promise<SettledTables> {
  const earlier = await readEarlierCopies(work, signal);
  const kept = new Map<number, TableBase>();
  for (const copy of await standing(work, earlier.copies, signal))
    kept.set(copy.table, copy);
  if (kept.size > 0) {
    work.logger.info(
      { source: work.source, base: work.base, tables: kept.size },
      "base resumed",
    );
  }
  let last: readonly string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await using snapshot = await work.reader.openSnapshot(
      { streams: work.streams, timeoutMs: SNAPSHOT_TIMEOUT_MS },
      signal,
    );
    // Before a copy is made, which a later run would go on with.
    requireSameSource(work.catalog.state.source, snapshot.identity);
    const seq = await archivedSeq(work, snapshot.position, signal);
    dropEnded(work, kept, { seq, snapshot });
    const tables = planBase(
      work.catalog.state,
      { seq, tables: snapshot.tables },
      work.scope,
    ).filter(({ table }) => !kept.has(table));
    const { copies, disturbances } = await copyTables(
      work,
      { snapshot, seq, tables, attempt: earlier.attempt + round },
      signal,
    );
    const endSeq = await archivedSeq(
      work,
      await work.admin.currentPosition(signal),
      signal,
    );
    const stand = await standing(work, copies, signal);
    for (const copy of stand) kept.set(copy.table, copy);
    last = [
      ...disturbances.map(({ table, why }) => `${table}: ${why}`),
      ...copies
        .filter(({ table }) => !stand.includes(table))
        .map(
          ({ table }) =>
            `${tableLabel(table)}: truncated or altered, or a gap ended after it`,
        ),
      ...(new TableHistories(work.catalog.state).sameDefinitions(seq, endSeq)
        ? []
        : ["definitions were changed"]),
    ];
    if (last.length === 0) {
      const { definitions, position } = snapshot;
      return {
        snapshot: { definitions, position, tables: snapshot.tables },
        seq,
        tables: [...kept.values()],
      };
    }
    work.logger.info(
      { source: work.source, round, disturbances: last },
      "copied again",
    );
  }
  throw new TidemarkError(
    "BASE_UNSETTLED",
    `tables changed under ${ROUNDS} copies: ${last.join("; ")}`,
    {
      hint: "take the base when no TRUNCATE or DDL runs",
    },
  );
}

/** The copies under which nothing happened. */
async function standing(
  work: BaseWork,
  copies: readonly TableCopy[],
  signal: AbortSignal,
): Promise<readonly TableBase[]> {
  const ends = copies.map((copy) => parsePosition(copy.endPosition));
  const [first, ...others] = ends;
  if (first === undefined) return [];
  const end = others.reduce((a, b) => (isAtOrBefore(a, b) ? b : a), first);
  const throughSeq = await archivedSeq(work, end, signal);
  return copies
    .map((copy) => copy.table)
    .filter(
      ({ table, seq, position }) =>
        !isBeforeGapEnd(parsePosition(position), work.catalog.state.gaps) &&
        disturbanceBetween(work.catalog.state, {
          table,
          afterSeq: seq,
          throughSeq,
        }) === undefined,
    );
}

/** A copy that stood is of no use once its table is gone, or DDL or a gap has ended the history that it begins. */
function dropEnded(
  work: BaseWork,
  kept: Map<number, TableBase>,
  now: { readonly seq: number; readonly snapshot: Snapshot },
): void {
  const shapes = new Map(
    now.snapshot.tables.map(({ table, shape }) => [table, shape.id]),
  );
  for (const [table, copy] of kept) {
    const ended = endBetween(work.catalog.state, {
      table,
      afterSeq: copy.seq,
      throughSeq: now.seq,
    });
    const isOld = isBeforeGapEnd(
      parsePosition(copy.position),
      work.catalog.state.gaps,
    );
    if (isOld || ended !== undefined || shapes.get(table) !== copy.shape)
      kept.delete(table);
  }
}

/** The last transaction that ends at or before `position`, once the archive has passed it. */
async function archivedSeq(
  work: BaseWork,
  position: Position,
  signal: AbortSignal,
): Promise<number> {
  const { catalog } = work;
  await catalog.refresh(signal);
  if (!isAtOrBefore(position, parsePosition(catalog.state.progress.position))) {
    // A transaction behind the position makes the archiver write out everything up to it.
    await work.admin.heartbeat("base", signal);
    await waitForArchive(
      {
        ...{ catalog, position, timeoutMs: ARCHIVE_TIMEOUT_MS },
        logger: work.logger,
      },
      signal,
    );
  }
  const commit = await findLastCommit(
    { state: catalog.state, store: work.store, workFolder: work.workFolder },
    byPosition(position),
    signal,
  );
  return commit.seq;
}
