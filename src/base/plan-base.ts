import { TableHistories } from "../archive/table-history.ts";
import type { CatalogState } from "../archive/catalog-state.ts";
import type { TableId } from "../core/shape.ts";
import type { SnapshotTable } from "../engine/table-reader.ts";

/** all: a whole new base. needed: the tables whose history ended, or never began. */
export type BaseScope = "all" | "needed";

/** Which tables of a snapshot at `seq` have to be copied. Pure. */
export function planBase(
  state: CatalogState,
  snapshot: { readonly seq: number; readonly tables: readonly SnapshotTable[] },
  scope: BaseScope,
): readonly SnapshotTable[] {
  if (scope === "all") return snapshot.tables;
  const histories = new TableHistories(state);
  return snapshot.tables.filter((table) => {
    const base = histories.baseAt(table.table, snapshot.seq);
    return base === undefined || "why" in base || base.shape !== table.shape.id;
  });
}

/** A table, and a stretch of transactions. */
export interface Stretch {
  readonly table: TableId;
  readonly afterSeq: number;
  readonly throughSeq: number;
}

/**
 * What the archive says happened to a table in a stretch that would make a COPY under an older snapshot wrong: it returns nothing,
 * without an error, after a TRUNCATE or a rewrite. undefined: nothing. Pure.
 */
export function disturbanceBetween(
  state: CatalogState,
  stretch: Stretch,
): string | undefined {
  const { afterSeq, throughSeq } = stretch;
  for (const segment of state.segments) {
    if (segment.last.seq <= afterSeq || segment.first.seq > throughSeq)
      continue;
    for (const { table, truncates } of segment.tables) {
      if (table !== stretch.table) continue;
      if (truncates.some((seq) => seq > afterSeq && seq <= throughSeq))
        return "it was truncated";
    }
  }
  return endBetween(state, stretch);
}

/** Which DDL ended a table's history in a stretch. Pure. */
export function endBetween(
  state: CatalogState,
  stretch: Stretch,
): string | undefined {
  const { afterSeq, throughSeq, table } = stretch;
  for (const segment of state.segments) {
    if (segment.last.seq <= afterSeq || segment.first.seq > throughSeq)
      continue;
    for (const { kind, seq, name, tables } of segment.events) {
      if (kind !== "ddl" || seq <= afterSeq || seq > throughSeq) continue;
      if (tables == null || tables.includes(table)) return `${name} at ${seq}`;
    }
  }
  return undefined;
}
