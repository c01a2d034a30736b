import { TidemarkError } from "../../../../core/errors.ts";
import { tableLabel } from "../../../../core/shape.ts";
import { COLUMN_TYPE, type MysqlColumn } from "../../values/column.ts";
import { FieldReader } from "./field-reader.ts";
import { readColumnTypes } from "./column-types.ts";
import { readMetadataFields } from "./metadata-fields.ts";

/**
 * TABLE_MAP: table id 6 bytes · flags 2 · schema · table (each: length 1, bytes, 00) · columns packed · a type byte per column · packed length and
 * metadata of the types · a bit per column: nullable · optional metadata.
 */
export interface TableMap {
  readonly tableId: number;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly MysqlColumn[];
  /** Places in `columns`; empty without a primary key. */
  readonly primaryKey: readonly number[];
  /** Columns in a row image: `columns`, and MariaDB's hidden ones behind them. */
  readonly width: number;
}

/** MariaDB's own hidden columns behind the user's, of unique keys over long columns. They are computed, and information_schema has them not. */
const HIDDEN = /^DB_ROW_HASH_\d+$/;

/** `body` lies between the event's header and its checksum. Throws SOURCE_UNREADABLE without binlog_row_metadata=FULL, RangeError when damaged. */
export function parseTableMap(
  body: Buffer,
  flavour: "mysql" | "mariadb",
): TableMap {
  const reader = new FieldReader(body);
  const tableId = reader.uint(6);
  reader.uint(2);
  const schema = readName(reader);
  const name = readName(reader);
  const count = reader.packed();
  const codes = reader.bytes(count);
  const types = readColumnTypes(codes, reader.part(reader.packed()));
  const nullable = reader.bytes((count + 7) >>> 3);
  const fields = readMetadataFields(reader, types, flavour);
  const { names } = fields;
  if (names === undefined) {
    const table = tableLabel({ namespace: schema, name });
    throw new TidemarkError(
      "SOURCE_UNREADABLE",
      `the log has no names of the columns of ${table}`,
      {
        hint: "SET GLOBAL binlog_row_metadata = FULL, and end the sessions that have it otherwise",
        details: { table },
      },
    );
  }
  if (names.length !== count)
    throw new RangeError(`${names.length} names of ${count} columns`);
  const all = types.map((type, at): MysqlColumn => {
    const bit = 1 << (at & 7);
    return {
      name: names[at] as string,
      type: type.type,
      metadata: type.metadata,
      unsigned: fields.unsigned[at] === true,
      charset: fields.charsets[at],
      labels: fields.labels[at],
      variant: fields.variants[at],
      nullable: ((nullable[at >>> 3] as number) & bit) !== 0,
      invisible: fields.invisible[at] === true,
    };
  });
  const columns =
    flavour === "mariadb"
      ? all.slice(0, all.findLastIndex(isVisible) + 1)
      : all;
  return {
    ...{ tableId, schema, name, columns, width: count },
    primaryKey: fields.primaryKey,
  };
}

function isVisible(column: MysqlColumn): boolean {
  return !(
    HIDDEN.test(column.name) &&
    column.type === COLUMN_TYPE.bigint &&
    column.unsigned
  );
}

function readName(reader: FieldReader): string {
  const text = reader.packedBytes().toString("utf8");
  if (reader.uint(1) !== 0) throw new RangeError("a name without an end");
  return text;
}
