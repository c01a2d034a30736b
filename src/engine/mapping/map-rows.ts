import type { Engine } from "../../core/database-identity.ts";
import type { MappedTable } from "../mapping.ts";
import { convertRows, type ConvertedTable } from "./convert-rows.ts";
import { mappedShape } from "./mapped-shape.ts";
import type { PlannedTable } from "./planned-table.ts";

/** A column of the rows that the target does not have is left out of them. */
export function mapRows(
  { table, label, columns }: PlannedTable,
  engine: Engine,
): MappedTable {
  const converted: ConvertedTable = {
    label,
    columns: table.shape.columns.map(({ name }) => ({
      name,
      conversion: columns.find((column) => column.name === name)?.mapped
        .conversion,
    })),
  };
  return {
    target: {
      table: table.table,
      namespace: table.namespace,
      name: table.name,
      shape: mappedShape(table.shape, { engine, columns }),
    },
    source: table.shape.id,
    convert: (rows) => convertRows(rows, converted),
  };
}
