import { hash } from "node:crypto";
import type { SegmentAct } from "../archive/acts.ts";
import type { CatalogState, NumberedBase } from "../archive/catalog-state.ts";
import type { ArchivedCommit } from "../archive/find-commit.ts";
import type { TableBaseRef, TableHistories } from "../archive/table-history.ts";
import { restorableWindows } from "../archive/windows.ts";
import { lineageOf } from "../core/database-identity.ts";
import { TidemarkError } from "../core/errors.ts";
import { formatPosition } from "../core/position.ts";
import type { TableId } from "../core/shape.ts";

export interface PlannedTable {
  readonly table: TableId;
  readonly namespace: string;
  readonly name: string;
  readonly base: TableBaseRef;
}

/** What a restore will read, decided from the catalog alone. */
export interface RestorePlan {
  readonly source: string;
  readonly seq: number;
  readonly position: string;
  readonly rollingHash: string;
  readonly definitions: NumberedBase;
  readonly tables: readonly PlannedTable[];
  /** Oldest first: those with changes of these tables behind their bases, up to `seq`. */
  readonly segments: readonly SegmentAct[];
  readonly bytes: { readonly bases: number; readonly segments: number };
  readonly rows: { readonly bases: number; readonly changes: number };
  /** Names this plan: only the same one resumes an unfinished restore. */
  readonly hash: string;
}

export interface RestoreRequest {
  readonly at: ArchivedCommit;
  /** undefined: all tables. */
  readonly tables: readonly string[] | undefined;
}

/**
 * Pure. Throws POINT_UNREACHABLE, naming the nearest seqs that work, when the definitions or a table cannot be had exactly as they
 * were; NOT_FOUND for a table that the source did not have then. Refuses here or not at all.
 */
export function planRestore(
  state: CatalogState,
  histories: TableHistories,
  request: RestoreRequest,
): RestorePlan {
  const { seq } = request.at;
  const definitions = histories.definitionsAt(seq);
  if (definitions === undefined) {
    const why =
      state.bases.length === 0
        ? "there is no base yet"
        : "the definitions of that moment are not archived: a DDL command lies between it and every base";
    throw unreachable(histories, seq, why);
  }
  const tables = chooseTables(definitions, request, histories).map((id) => {
    const base = histories.baseAt(id, seq);
    const label = histories.labelAt(id, seq);
    if (base === undefined) {
      throw unreachable(
        histories,
        seq,
        `the history of ${label} begins later: it has no base at or before that`,
      );
    }
    if ("why" in base) {
      throw unreachable(
        histories,
        seq,
        `the history of ${label} ended with ${base.why}, and its next base is later`,
      );
    }
    return { table: id, namespace: base.namespace, name: base.name, base };
  });
  const segments = neededSegments(state.segments, {
    fromSeqs: [
      definitions.definitions.seq,
      ...tables.map(({ base }) => base.seq),
    ],
    seq,
  });
  const plan = {
    source: state.source.name,
    seq,
    position: formatPosition(request.at.position),
    rollingHash: request.at.rollingHash,
    definitions,
    tables,
    segments,
    bytes: {
      bases: sum(tables.map((table) => table.base.bytes)),
      segments: sum(segments.map((segment) => segment.object.bytes)),
    },
    rows: {
      bases: sum(tables.map((table) => table.base.rows)),
      changes: sum(segments.map((segment) => changesOf(segment, tables))),
    },
  };
  return { ...plan, hash: hashPlan(state, plan) };
}

function chooseTables(
  definitions: NumberedBase,
  request: RestoreRequest,
  histories: TableHistories,
): readonly TableId[] {
  const all = definitions.definitions.tables;
  if (request.tables === undefined) return all;
  const labels = all.map((id) => histories.labelAt(id, request.at.seq));
  const unknown = request.tables.find((name) => !labels.includes(name));
  if (unknown !== undefined) {
    throw new TidemarkError(
      "NOT_FOUND",
      `the source had no table ${unknown} then`,
      {
        hint: `it had ${labels.slice(0, 20).join(", ")}; of a partitioned table name the partitions`,
      },
    );
  }
  // In whatever order they were named, and how often: it is one plan.
  const names = new Set(request.tables);
  return all.filter((_id, n) => names.has(labels[n] as string));
}

/**
 * Sequence readings are events, not rows: every segment since the oldest base is read, and since the definitions, which have the
 * readings of their own moment.
 */
function neededSegments(
  segments: readonly SegmentAct[],
  { fromSeqs, seq }: { readonly fromSeqs: readonly number[]; seq: number },
): SegmentAct[] {
  const from = Math.min(...fromSeqs, seq);
  return segments.filter(
    (segment) => segment.last.seq > from && segment.first.seq <= seq,
  );
}

function changesOf(
  segment: SegmentAct,
  tables: readonly PlannedTable[],
): number {
  const chosen = new Set(tables.map((table) => table.table));
  return sum(
    segment.tables
      .filter((table) => chosen.has(table.table))
      .map((table) => table.inserts + table.updates + table.deletes),
  );
}

function hashPlan(
  state: CatalogState,
  plan: Omit<RestorePlan, "hash">,
): string {
  const what = {
    source: lineageOf(state.source),
    seq: plan.seq,
    rollingHash: plan.rollingHash,
    definitions: plan.definitions.base,
    tables: plan.tables.map((table) => [
      table.table,
      table.base.base.base,
      table.base.seq,
    ]),
  };
  return hash("sha256", JSON.stringify(what));
}

function unreachable(
  histories: TableHistories,
  seq: number,
  why: string,
): TidemarkError {
  const windows = restorableWindows(histories);
  const before = windows.findLast(
    (window) => window.throughSeq < seq,
  )?.throughSeq;
  const after = windows.find((window) => window.fromSeq > seq)?.fromSeq;
  const nearest = [before, after]
    .filter((n) => n !== undefined)
    .map((n) => `seq:${n}`);
  return new TidemarkError(
    "POINT_UNREACHABLE",
    `seq ${seq} cannot be restored exactly: ${why}`,
    {
      hint:
        nearest.length === 0
          ? "take a base: `tidemark base`"
          : `the nearest points that can: ${nearest.join(" and ")}; \`tidemark windows\` shows all`,
      details: { seq, nearest },
    },
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
