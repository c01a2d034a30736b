import { BINARY_COLLATION } from "./charsets.ts";
import { COLUMN_TYPE, type DefinedColumn } from "./column.ts";
import { labelOfText } from "./labels.ts";
import { BYTES_IN_LOG } from "./select-expression.ts";
import { geometryVariant } from "./type-name.ts";

/** A row of information_schema.COLUMNS, with the collation's id. */
export interface SchemaColumn {
  readonly name: string;
  readonly dataType: string;
  readonly columnType: string;
  readonly octets: number;
  readonly precision: number;
  readonly scale: number;
  readonly fraction: number;
  readonly collation: number | undefined;
  readonly nullable: boolean;
  readonly extra: string;
  readonly isKey: boolean;
}

const NUMBERS: Readonly<Record<string, number>> = {
  tinyint: COLUMN_TYPE.tinyint,
  smallint: COLUMN_TYPE.smallint,
  mediumint: COLUMN_TYPE.mediumint,
  int: COLUMN_TYPE.int,
  bigint: COLUMN_TYPE.bigint,
};

/** The type of the old form first. */
const TIMES: Readonly<Record<string, readonly [number, number]>> = {
  time: [COLUMN_TYPE.oldTime, COLUMN_TYPE.time],
  datetime: [COLUMN_TYPE.oldDatetime, COLUMN_TYPE.datetime],
  timestamp: [COLUMN_TYPE.oldTimestamp, COLUMN_TYPE.timestamp],
};

const LENGTH_BYTES: Readonly<Record<string, number>> = {
  ...{ tinyblob: 1, blob: 2, mediumblob: 3, longblob: 4 },
  ...{ tinytext: 1, text: 2, mediumtext: 3, longtext: 4 },
};

type Typed = Pick<DefinedColumn, "type" | "metadata"> &
  Partial<Pick<DefinedColumn, "charset" | "labels" | "variant">>;

/** The same MysqlColumn that a TABLE_MAP gives of it. Throws RangeError on a type that is not known. */
export function columnOfSchema(
  column: SchemaColumn,
  flavour: "mysql" | "mariadb",
): DefinedColumn {
  const { name, dataType, columnType, extra } = column;
  return {
    charset: undefined,
    labels: undefined,
    variant: undefined,
    ...typeOf(column, flavour),
    name,
    unsigned: dataType === "year" || columnType.includes(" unsigned"),
    nullable: column.nullable,
    invisible: extra.includes("INVISIBLE"),
    declared: dataType,
    generated: /\b(VIRTUAL|STORED) GENERATED\b/.test(extra),
  };
}

/** The form of MariaDB before 10.1, which it says in a comment behind the type. */
export function hasOldForm(column: SchemaColumn): boolean {
  return column.columnType.includes("/* mariadb-5.3 */");
}

function typeOf(column: SchemaColumn, flavour: "mysql" | "mariadb"): Typed {
  const { dataType, octets, collation } = column;
  const charset = collation ?? BINARY_COLLATION;
  const number = NUMBERS[dataType];
  if (number !== undefined) return { type: number, metadata: 0 };
  const times = TIMES[dataType];
  if (times !== undefined) {
    const [old, usual] = times;
    return hasOldForm(column)
      ? { type: old, metadata: 0 }
      : { type: usual, metadata: column.fraction };
  }
  const isCompressed = column.columnType.includes("COMPRESSED");
  const lengthBytes = LENGTH_BYTES[dataType];
  if (lengthBytes !== undefined) {
    const type = isCompressed ? COLUMN_TYPE.compressedBlob : COLUMN_TYPE.blob;
    return { type, metadata: lengthBytes, charset };
  }
  const binaryBytes = BYTES_IN_LOG[dataType];
  if (binaryBytes !== undefined)
    return { type: COLUMN_TYPE.char, metadata: binaryBytes, charset };
  const geometry = geometryVariant(dataType);
  if (geometry !== undefined)
    return { type: COLUMN_TYPE.geometry, metadata: 4, variant: geometry };
  switch (dataType) {
    case "decimal":
      return {
        type: COLUMN_TYPE.decimal,
        metadata: column.precision * 256 + column.scale,
      };
    case "float":
      return { type: COLUMN_TYPE.float, metadata: 4 };
    case "double":
      return { type: COLUMN_TYPE.double, metadata: 8 };
    case "year":
      return { type: COLUMN_TYPE.year, metadata: 0 };
    case "date":
      return { type: COLUMN_TYPE.date, metadata: 0 };
    case "bit":
      return { type: COLUMN_TYPE.bit, metadata: column.precision };
    case "enum":
    case "set":
      return labelled(column, charset);
    case "char":
    case "binary":
      return { type: COLUMN_TYPE.char, metadata: octets, charset };
    case "varchar":
    case "varbinary": {
      const { compressedVarchar, varchar } = COLUMN_TYPE;
      const type = isCompressed ? compressedVarchar : varchar;
      return { type, metadata: octets, charset };
    }
    case "json":
      return { type: COLUMN_TYPE.json, metadata: 4 };
    case "vector":
      // MariaDB's is a VARBINARY to the log.
      return flavour === "mysql"
        ? {
            type: COLUMN_TYPE.vector,
            metadata: 4,
            variant: octets / 4,
            charset,
          }
        : { type: COLUMN_TYPE.varchar, metadata: octets, charset };
    default:
      throw new RangeError(`column ${column.name} has the type ${dataType}`);
  }
}

function labelled(column: SchemaColumn, charset: number): Typed {
  const labels = readLabels(column.columnType).map((label) =>
    labelOfText(label, charset),
  );
  const { length } = labels;
  if (column.dataType === "enum") {
    const bytes = length < 256 ? 1 : 2;
    return { type: COLUMN_TYPE.enum, metadata: bytes, charset, labels };
  }
  const bytes = (length + 7) >>> 3;
  return {
    ...{ type: COLUMN_TYPE.set, charset, labels },
    metadata: bytes > 4 ? 8 : bytes,
  };
}

const UNESCAPED: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  "0": "\0",
};

/** `enum('a','b''c')`: quotes are doubled and, whatever the sql_mode, backslash, newline, return and zero escaped (append_unescaped). */
function readLabels(columnType: string): readonly string[] {
  const list = columnType.slice(columnType.indexOf("("));
  return Array.from(list.matchAll(/'((?:[^'\\]|''|\\.)*)'/gs), ([, quoted]) =>
    (quoted as string).replaceAll(/''|\\(.)/gs, (_, escaped?: string) =>
      escaped === undefined ? "'" : (UNESCAPED[escaped] ?? escaped),
    ),
  );
}
