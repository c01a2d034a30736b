import { hash } from "node:crypto";
import type { Encoding, Shape, TableId } from "../../core/shape.ts";
import { shapeOf } from "../../format/shape-record.ts";
import { encodingOf } from "./values/charsets.ts";
import { COLUMN_TYPE, type MysqlColumn } from "./values/column.ts";
import { typeName } from "./values/type-name.ts";

/*
 * Values of MySQL and MariaDB. What a row's bytes are is in values/: each type's canonical bytes come from a row image
 * (source/row-image-reader.ts) and from a SELECT (values/text-row-reader.ts with values/select-expression.ts), equal byte for byte, and go back with
 * values/load-expression.ts. Columns are described by a TABLE_MAP (source/table-map/parse-table-map.ts) or by information_schema
 * (values/describe-tables.ts); both give the same MysqlColumn, and here the same shape.
 */

/** A table as the log describes it, or information_schema. */
export interface MysqlTable {
  readonly engine: "mysql" | "mariadb";
  readonly namespace: string;
  readonly name: string;
  readonly columns: readonly MysqlColumn[];
  /** Places in `columns`, from 0; empty without a primary key. */
  readonly primaryKey: readonly number[];
}

/**
 * The one function that names a shape, for capture and for bases. A primary key of prefixes identifies by its whole columns: they tell rows apart all
 * the more.
 */
export function mysqlShape(table: MysqlTable): Shape {
  const { columns, primaryKey } = table;
  const isKeyed = primaryKey.length > 0;
  return shapeOf({
    table: mysqlTableId(table.namespace, table.name),
    engine: table.engine,
    namespace: table.namespace,
    name: table.name,
    identity: isKeyed ? "KEY" : "WHOLE_ROW",
    columns: columns.map((column, place) => ({
      name: column.name,
      type: typeName(column),
      typeId: column.type,
      typeModifier: column.metadata,
      identifies: !isKeyed || primaryKey.includes(place),
      encoding: columnEncoding(column),
    })),
  });
}

const ID_DIGITS = 52 / 4;

/** The first 52 bits of a hash of the name: a table has no number that its log and its catalog share. */
export function mysqlTableId(namespace: string, name: string): TableId {
  const digest = hash("sha256", `${namespace}\0${name}`, "hex");
  return Number.parseInt(digest.slice(0, ID_DIGITS), 16);
}

function columnEncoding(column: MysqlColumn): Encoding {
  switch (column.type) {
    case COLUMN_TYPE.char:
    case COLUMN_TYPE.varchar:
    case COLUMN_TYPE.varString:
    case COLUMN_TYPE.compressedVarchar:
    case COLUMN_TYPE.blob:
    case COLUMN_TYPE.compressedBlob:
      return column.charset === undefined ? "RAW" : encodingOf(column.charset);
    case COLUMN_TYPE.geometry:
    case COLUMN_TYPE.vector:
      return "RAW";
    default:
      return "TEXT";
  }
}
