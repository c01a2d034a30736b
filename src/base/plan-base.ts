import { TableHistories } from "../archive/table-history.ts";
import type { CatalogState } from "../archive/catalog-state.ts";
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

/** What the archive says happened to a table between its snapshot and the end of its copy; undefined: nothing. Pure. */
export function archivedDisturbance(
  state: CatalogState,
  copy: {
    readonly table: number;
    readonly afterSeq: number;
    readonly throughSeq: number;
  },
): string | undefined {
  for (const segment of state.segments) {
    if (
      segment.last.seq <= copy.afterSeq ||
      segment.first.seq > copy.throughSeq
    )
      continue;
    const within = (seq: number) =>
      seq > copy.afterSeq && seq <= copy.throughSeq;
    for (const event of segment.events) {
      const named = event.tables === null || event.tables?.includes(copy.table);
      if (event.kind === "ddl" && named && within(event.seq))
        return `${event.name} at ${event.seq}`;
    }
    for (const table of segment.tables) {
      if (table.table === copy.table && table.truncates.some(within))
        return "it was truncated";
    }
  }
  return undefined;
}
