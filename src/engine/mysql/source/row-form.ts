import { BINARY_COLLATION } from "../values/charsets.ts";
import { COLUMN_TYPE, type MysqlColumn } from "../values/column.ts";

/** How a column's value lies in a row image; from `longest` on the value may be long. */
export const FORM = {
  int: 0,
  uint: 1,
  bigint: 2,
  uint64: 3,
  float: 4,
  double: 5,
  decimal: 6,
  year: 7,
  date: 8,
  time: 9,
  datetime: 10,
  timestamp: 11,
  oldTimestamp: 12,
  oldDatetime: 13,
  oldTime: 14,
  bit: 15,
  bytes: 16,
  padded: 17,
  json: 18,
  compressed: 19,
} as const;

export const FIRST_LONG_FORM = FORM.bytes;

export interface Form {
  readonly kind: number;
  /** int, uint, uint64: bytes. bytes, json, compressed: bytes of the length. padded: the value's bytes. decimal, times, bit: the metadata. */
  readonly size: number;
}

/** Throws RangeError on a type that is not known. */
export function formOf(column: MysqlColumn): Form {
  const { type, metadata, unsigned } = column;
  switch (type) {
    case COLUMN_TYPE.tinyint:
      return integer(1, unsigned);
    case COLUMN_TYPE.smallint:
      return integer(2, unsigned);
    case COLUMN_TYPE.mediumint:
      return integer(3, unsigned);
    case COLUMN_TYPE.int:
      return integer(4, unsigned);
    case COLUMN_TYPE.bigint:
      return { kind: unsigned ? FORM.uint64 : FORM.bigint, size: 8 };
    case COLUMN_TYPE.enum:
    case COLUMN_TYPE.set:
      return { kind: FORM.uint64, size: metadata };
    case COLUMN_TYPE.float:
      return { kind: FORM.float, size: metadata };
    case COLUMN_TYPE.double:
      return { kind: FORM.double, size: metadata };
    case COLUMN_TYPE.decimal:
      return { kind: FORM.decimal, size: metadata };
    case COLUMN_TYPE.year:
      return { kind: FORM.year, size: metadata };
    case COLUMN_TYPE.date:
      return { kind: FORM.date, size: metadata };
    case COLUMN_TYPE.time:
      return { kind: FORM.time, size: metadata };
    case COLUMN_TYPE.datetime:
      return { kind: FORM.datetime, size: metadata };
    case COLUMN_TYPE.timestamp:
      return { kind: FORM.timestamp, size: metadata };
    case COLUMN_TYPE.oldTimestamp:
      return { kind: FORM.oldTimestamp, size: metadata };
    case COLUMN_TYPE.oldDatetime:
      return { kind: FORM.oldDatetime, size: metadata };
    case COLUMN_TYPE.oldTime:
      return { kind: FORM.oldTime, size: metadata };
    case COLUMN_TYPE.bit:
      return { kind: FORM.bit, size: metadata };
    case COLUMN_TYPE.char:
      return column.charset === BINARY_COLLATION
        ? { kind: FORM.padded, size: metadata }
        : { kind: FORM.bytes, size: lengthBytes(metadata) };
    case COLUMN_TYPE.varchar:
    case COLUMN_TYPE.varString:
      return { kind: FORM.bytes, size: lengthBytes(metadata) };
    case COLUMN_TYPE.blob:
    case COLUMN_TYPE.geometry:
    case COLUMN_TYPE.vector:
      return { kind: FORM.bytes, size: metadata };
    case COLUMN_TYPE.json:
      return { kind: FORM.json, size: metadata };
    case COLUMN_TYPE.compressedBlob:
      return { kind: FORM.compressed, size: metadata };
    case COLUMN_TYPE.compressedVarchar:
      // The length is that of the compressed bytes, with one before them.
      return { kind: FORM.compressed, size: lengthBytes(metadata + 1) };
    default:
      throw new RangeError(`column ${column.name} has type ${type}`);
  }
}

function integer(size: number, unsigned: boolean): Form {
  return { kind: unsigned ? FORM.uint : FORM.int, size };
}

/** Of a value of at most so many bytes. */
function lengthBytes(most: number): number {
  return most > 255 ? 2 : 1;
}
