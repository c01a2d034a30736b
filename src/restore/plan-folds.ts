import type { TableId } from "../core/shape.ts";
import type { RestorePlan } from "./plan-restore.ts";

/** Fewer rows and changes than this are folded sooner than a thread starts. */
const ROWS_FOR_THREADS = 50_000;

/**
 * Pure. Which tables are folded together, each group by a thread of its own: the groups have about the same number of rows and changes. One
 * group is folded without another thread.
 */
export function planFolds(
  plan: RestorePlan,
  threads: number,
): readonly (readonly TableId[])[] {
  const changes = new Map<TableId, number>();
  for (const segment of plan.segments)
    for (const { table, inserts, updates, deletes } of segment.tables)
      changes.set(
        table,
        (changes.get(table) ?? 0) + inserts + updates + deletes,
      );
  const weights = plan.tables
    .map(({ table, base }) => ({
      table,
      rows: base.rows + (changes.get(table) ?? 0),
    }))
    .sort((a, b) => b.rows - a.rows);
  const all = weights.reduce((sum, { rows }) => sum + rows, 0);
  const wanted = all < ROWS_FOR_THREADS ? 1 : threads;
  const groups = Array.from(
    { length: Math.max(1, Math.min(wanted, weights.length)) },
    () => ({ rows: 0, tables: [] as TableId[] }),
  );
  for (const { table, rows } of weights) {
    const lightest = groups.reduce((a, b) => (b.rows < a.rows ? b : a));
    lightest.tables.push(table);
    lightest.rows += rows;
  }
  return groups.map(({ tables }) => tables);
}
