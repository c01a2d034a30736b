import { quoteIdentifier, quoteQualified } from "../quote.ts";
import type { TableColumn } from "./columns.ts";
import { settingOf } from "./storage-options.ts";
import type { Table } from "./tables.ts";

const STORAGES: Readonly<Record<string, string>> = {
  p: "PLAIN",
  e: "EXTERNAL",
  m: "MAIN",
  x: "EXTENDED",
};

/** Settings that CREATE TABLE has no words for (in 14), as ALTER TABLE statements. */
export function columnSettings(
  table: Pick<Table, "namespace" | "name" | "columns" | "parents">,
  tables: ReadonlyMap<number, Table>,
): string[] {
  const name = quoteQualified(table.namespace, table.name);
  return table.columns.flatMap((column) =>
    settingsOf(column, inheritedStorages(table, tables, column.name)).map(
      (action) =>
        `ALTER TABLE ONLY ${name} ALTER COLUMN ${quoteIdentifier(column.name)} ${action}`,
    ),
  );
}

function settingsOf(
  column: TableColumn,
  inherited: readonly string[],
): string[] {
  const storage = STORAGES[column.storage];
  return [
    // A child begins with its parent's storage.
    ...(storage !== undefined &&
    (column.storage !== column.typeStorage ||
      inherited.some((other) => other !== column.storage))
      ? [`SET STORAGE ${storage}`]
      : []),
    ...(column.statistics === null
      ? []
      : [`SET STATISTICS ${column.statistics}`]),
    ...(column.options === null
      ? []
      : [
          `SET (${column.options.map((option) => settingOf(option)).join(", ")})`,
        ]),
  ];
}

function inheritedStorages(
  table: Pick<Table, "parents">,
  tables: ReadonlyMap<number, Table>,
  column: string,
): string[] {
  return table.parents.flatMap((parent) =>
    (tables.get(parent.oid)?.columns ?? [])
      .filter(({ name }) => name === column)
      .map(({ storage }) => storage),
  );
}
