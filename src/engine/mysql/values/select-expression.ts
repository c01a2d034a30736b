import { quoteIdentifier } from "../quote.ts";
import { COLUMN_TYPE, type DefinedColumn } from "./column.ts";

/**
 * What to select of a column, so that TextRowReader makes our canonical value of its text. The session has time_zone +00:00 (TIMESTAMP is UTC in the
 * log), results in no character set but the column's own, and no PAD_CHAR_TO_FULL_LENGTH.
 */
export function selectExpression(column: DefinedColumn): string {
  const name = quoteIdentifier(column.name);
  switch (column.type) {
    case COLUMN_TYPE.float:
    case COLUMN_TYPE.double:
      // FLOAT has six digits as text, FLOAT(M,D) and DOUBLE(M,D) have D; the product is a double with all of its digits, and keeps a zero's sign.
      return `${name} * 1e0`;
    case COLUMN_TYPE.enum:
    case COLUMN_TYPE.set:
    case COLUMN_TYPE.bit:
      // Not + 0, which goes through a double: SET has 64 bits.
      return `CAST(${name} AS UNSIGNED)`;
    case COLUMN_TYPE.char: {
      const bytes = BYTES_IN_LOG[column.declared];
      return bytes === undefined ? name : `CAST(${name} AS BINARY(${bytes}))`;
    }
    default:
      return name;
  }
}

/** MariaDB's types that the log has as BINARY, by DATA_TYPE. */
export const BYTES_IN_LOG: Readonly<Record<string, number>> = {
  uuid: 16,
  inet6: 16,
  inet4: 4,
};
