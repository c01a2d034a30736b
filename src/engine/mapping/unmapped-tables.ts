import type { Definitions } from "../definitions.ts";

/** Tables of the definitions without rows of their own: partitioned ones, whose partitions are mapped as tables, and those not captured. */
export function unmappedTables({
  objects,
  tables,
}: Definitions): readonly string[] {
  const mapped = new Set(tables.map(({ table }) => table));
  return objects
    .filter(
      ({ kind, table }) =>
        kind === "table" && (table === undefined || !mapped.has(table)),
    )
    .map(
      ({ name }) =>
        `table ${name} is not mapped: it has no rows of its own here`,
    );
}
