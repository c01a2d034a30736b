import type { Shape } from "../../core/shape.ts";
import { quoteIdentifier } from "./quote.ts";

/** `schema.table (columns)` for COPY: the table's own rows, and exactly the columns of its shape, in its order. */
export function copyColumns(table: {
  readonly namespace: string;
  readonly name: string;
  readonly shape: Shape;
}): string {
  const name = `${quoteIdentifier(table.namespace)}.${quoteIdentifier(table.name)}`;
  const columns = table.shape.columns.map((column) =>
    quoteIdentifier(column.name),
  );
  // A table without columns has rows all the same.
  return columns.length === 0 ? name : `${name} (${columns.join(", ")})`;
}
