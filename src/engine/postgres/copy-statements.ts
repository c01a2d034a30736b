import type { Shape } from "../../core/shape.ts";
import { quoteIdentifier } from "./quote.ts";

interface CopiedTable {
  readonly namespace: string;
  readonly name: string;
  readonly shape: Shape;
}

/** Sends the table's own rows, and exactly the columns of its shape, in its order; `generated`: see `readGeneratedColumns`. */
export function copyOut(
  table: CopiedTable,
  generated: ReadonlySet<string>,
): string {
  const columns = table.shape.columns.map(({ name }) => name);
  // COPY of a table refuses generated columns; that of a query reads them as it reads any other.
  return columns.some((name) => generated.has(name))
    ? `COPY (SELECT ${columns.map(quoteIdentifier).join(", ")} FROM ONLY ${qualified(table)}) TO STDOUT`
    : `COPY ${withColumns(table, columns)} TO STDOUT`;
}

/** Takes rows of the shape's columns without the generated ones: the server computes those. */
export function copyIn(
  table: CopiedTable,
  generated: ReadonlySet<string>,
): string {
  const columns = table.shape.columns
    .map(({ name }) => name)
    .filter((name) => !generated.has(name));
  // FREEZE needs a table made or emptied in this transaction; it spares the target a second write of every page.
  return `COPY ${withColumns(table, columns)} FROM STDIN WITH (FREEZE)`;
}

function withColumns(table: CopiedTable, columns: readonly string[]): string {
  // A table without columns has rows all the same; COPY's own choice are the columns that are not generated.
  return columns.length === 0
    ? qualified(table)
    : `${qualified(table)} (${columns.map(quoteIdentifier).join(", ")})`;
}

function qualified(table: CopiedTable): string {
  return `${quoteIdentifier(table.namespace)}.${quoteIdentifier(table.name)}`;
}
