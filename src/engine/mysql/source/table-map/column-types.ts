import { COLUMN_TYPE } from "../../values/column.ts";
import type { FieldReader } from "./field-reader.ts";

export interface ColumnType {
  readonly type: number;
  /** As MysqlColumn has it. */
  readonly metadata: number;
}

/** The metadata of each column's type, in as many bytes as the type has of it. Throws RangeError on a type that is not known. */
export function readColumnTypes(
  codes: Buffer,
  reader: FieldReader,
): readonly ColumnType[] {
  const types = Array.from(codes, (code) => readColumnType(code, reader));
  if (reader.left > 0) throw new RangeError("metadata of no column");
  return types;
}

function readColumnType(code: number, reader: FieldReader): ColumnType {
  switch (code) {
    case COLUMN_TYPE.tinyint:
    case COLUMN_TYPE.smallint:
    case COLUMN_TYPE.mediumint:
    case COLUMN_TYPE.int:
    case COLUMN_TYPE.bigint:
    case COLUMN_TYPE.oldTimestamp:
    case COLUMN_TYPE.oldTime:
    case COLUMN_TYPE.oldDatetime:
    case COLUMN_TYPE.date:
    case COLUMN_TYPE.year:
      return { type: code, metadata: 0 };
    case COLUMN_TYPE.float:
    case COLUMN_TYPE.double:
    case COLUMN_TYPE.timestamp:
    case COLUMN_TYPE.datetime:
    case COLUMN_TYPE.time:
    case COLUMN_TYPE.blob:
    case COLUMN_TYPE.compressedBlob:
    case COLUMN_TYPE.json:
    case COLUMN_TYPE.geometry:
    case COLUMN_TYPE.vector:
      return { type: code, metadata: reader.uint(1) };
    case COLUMN_TYPE.varchar:
    case COLUMN_TYPE.varString:
      return { type: code, metadata: reader.uint(2) };
    case COLUMN_TYPE.compressedVarchar:
      // With the byte that says how it is compressed.
      return { type: code, metadata: reader.uint(2) - 1 };
    case COLUMN_TYPE.decimal: {
      const precision = reader.uint(1);
      return { type: code, metadata: precision * 256 + reader.uint(1) };
    }
    case COLUMN_TYPE.bit: {
      const bits = reader.uint(1);
      return { type: code, metadata: 8 * reader.uint(1) + bits };
    }
    case COLUMN_TYPE.char:
      return readCharType(reader.uint(1), reader.uint(1));
    default:
      throw new RangeError(`a column of type ${code}`);
  }
}

/** ENUM and SET come as CHAR with their own type in the first byte. Of a CHAR two bits of the length are there, turned round. */
function readCharType(first: number, second: number): ColumnType {
  if (first === COLUMN_TYPE.enum || first === COLUMN_TYPE.set)
    return { type: first, metadata: second };
  if ((first | 0x30) !== COLUMN_TYPE.char)
    throw new RangeError(`a column of type ${first} within a CHAR`);
  return {
    type: COLUMN_TYPE.char,
    metadata: second | (((first & 0x30) ^ 0x30) << 4),
  };
}
