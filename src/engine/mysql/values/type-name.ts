import { BINARY_COLLATION, charsetOf } from "./charsets.ts";
import { COLUMN_TYPE, type MysqlColumn } from "./column.ts";

const GEOMETRIES = [
  ...["geometry", "point", "linestring", "polygon", "multipoint"],
  ...["multilinestring", "multipolygon", "geometrycollection"],
];

const PLAIN: Readonly<Record<number, string>> = {
  [COLUMN_TYPE.tinyint]: "tinyint",
  [COLUMN_TYPE.smallint]: "smallint",
  [COLUMN_TYPE.mediumint]: "mediumint",
  [COLUMN_TYPE.int]: "int",
  [COLUMN_TYPE.bigint]: "bigint",
  [COLUMN_TYPE.float]: "float",
  [COLUMN_TYPE.double]: "double",
};

/** The type in SQL, as far as a TABLE_MAP tells it: without display widths, collation, SRID, or that it is MariaDB's UUID. */
export function typeName(column: MysqlColumn): string {
  const { type, metadata } = column;
  const sign = column.unsigned ? " unsigned" : "";
  switch (type) {
    case COLUMN_TYPE.decimal:
      return `decimal(${metadata >>> 8},${metadata & 0xff})${sign}`;
    case COLUMN_TYPE.year:
      return "year";
    case COLUMN_TYPE.date:
      return "date";
    case COLUMN_TYPE.time:
    case COLUMN_TYPE.oldTime:
      return withDigits("time", metadata);
    case COLUMN_TYPE.datetime:
    case COLUMN_TYPE.oldDatetime:
      return withDigits("datetime", metadata);
    case COLUMN_TYPE.timestamp:
    case COLUMN_TYPE.oldTimestamp:
      return withDigits("timestamp", metadata);
    case COLUMN_TYPE.bit:
      return `bit(${metadata})`;
    case COLUMN_TYPE.enum:
      return `enum(${labelList(column)})`;
    case COLUMN_TYPE.set:
      return `set(${labelList(column)})`;
    case COLUMN_TYPE.char:
      return ofCharacters(column, ["char", "binary"]);
    case COLUMN_TYPE.varchar:
    case COLUMN_TYPE.varString:
    case COLUMN_TYPE.compressedVarchar:
      return ofCharacters(column, ["varchar", "varbinary"]);
    case COLUMN_TYPE.blob:
    case COLUMN_TYPE.compressedBlob:
      return large(column);
    case COLUMN_TYPE.json:
      return "json";
    case COLUMN_TYPE.vector:
      return `vector(${column.variant ?? 0})`;
    case COLUMN_TYPE.geometry:
      return GEOMETRIES[column.variant ?? 0] ?? "geometry";
    default:
      return `${PLAIN[type] ?? `type ${type}`}${sign}`;
  }
}

/** The number of a geometry's type; MySQL calls the last one GEOMCOLLECTION, too. */
export function geometryVariant(name: string): number | undefined {
  const at = GEOMETRIES.indexOf(
    name === "geomcollection" ? "geometrycollection" : name,
  );
  return at === -1 ? undefined : at;
}

function withDigits(name: string, digits: number): string {
  return digits === 0 ? name : `${name}(${digits})`;
}

function labelList(column: MysqlColumn): string {
  return (column.labels ?? [])
    .map((label) => `'${label.replaceAll("'", "''")}'`)
    .join(",");
}

function ofCharacters(
  column: MysqlColumn,
  [text, binary]: readonly [string, string],
): string {
  const { charset = BINARY_COLLATION, metadata } = column;
  if (charset === BINARY_COLLATION) return `${binary}(${metadata})`;
  const width = charsetOf(charset)?.width ?? 1;
  return `${text}(${Math.trunc(metadata / width)})${charsetClause(charset)}`;
}

function large(column: MysqlColumn): string {
  const { charset = BINARY_COLLATION, metadata } = column;
  const size = ["", "tiny", "", "medium", "long"][metadata] ?? "";
  return charset === BINARY_COLLATION
    ? `${size}blob`
    : `${size}text${charsetClause(charset)}`;
}

function charsetClause(collation: number): string {
  const name = charsetOf(collation)?.name;
  return name === undefined
    ? ` collation ${collation}`
    : ` character set ${name}`;
}
