import { quoteIdentifier } from "../quote.ts";
import { COLUMN_TYPE, type DefinedColumn } from "./column.ts";

/*
 * How a canonical value goes back: LOAD DATA … CHARACTER SET binary (list) SET …, in a session with LOAD_SQL_MODE and time_zone +00:00. With CHARACTER
 * SET binary the bytes of a field are those of the column, whatever its character set.
 */

/**
 * Not strict: under a strict mode the server refuses ENUM's index 0, which is in tables all the same. What a server without it turned into something
 * else, reading back shows. ALLOW_INVALID_DATES: '2024-02-31' is in tables, too; without NO_ZERO_DATE zero dates are taken; an AUTO_INCREMENT of 0 stays 0.
 */
export const LOAD_SQL_MODE =
  "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION";

/** Where LOAD DATA puts a field: into the column itself, into a variable from which `set` makes the column's value, or nowhere. */
export interface LoadTarget {
  /** For the list of columns and variables. */
  readonly into: string;
  /** `` `column` = expression ``. */
  readonly set: string | undefined;
}

/** `place` gives the variable its name. */
export function loadTarget(column: DefinedColumn, place: number): LoadTarget {
  const name = quoteIdentifier(column.name);
  const variable = `@c${place}`;
  if (column.generated) return { into: variable, set: undefined };
  const expression = loadExpression(column, variable);
  return expression === variable
    ? { into: name, set: undefined }
    : { into: variable, set: `${name} = ${expression}` };
}

/** The column's value, of its text or bytes in `value`: a variable, or a literal in a character set of binary. */
export function loadExpression(column: DefinedColumn, value: string): string {
  switch (column.type) {
    case COLUMN_TYPE.enum:
    case COLUMN_TYPE.set:
    case COLUMN_TYPE.bit:
      // A text would be looked up among the labels first, and be the bits of BIT.
      return `CAST(${value} AS UNSIGNED)`;
    case COLUMN_TYPE.json:
      return `CONVERT(${value} USING utf8mb4)`;
    default:
      return value;
  }
}

/** `(list)` and `SET …` for all columns of the lines, in their order. */
export function loadClauses(columns: readonly DefinedColumn[]): string {
  const targets = columns.map(loadTarget);
  const hasSet = targets.some(({ set }) => set !== undefined);
  // Beside a SET, MariaDB makes a new number of an AUTO_INCREMENT of 0 that goes into its column itself, whatever the sql_mode is.
  const taken = targets.map((target, place) => {
    const column = columns[place];
    return hasSet && column !== undefined && INTEGERS.includes(column.type)
      ? throughVariable(column, target, place)
      : target;
  });
  const list = `(${taken.map(({ into }) => into).join(", ")})`;
  const sets = taken.flatMap(({ set }) => (set === undefined ? [] : [set]));
  return sets.length === 0 ? list : `${list} SET ${sets.join(", ")}`;
}

const INTEGERS: readonly number[] = [
  ...[COLUMN_TYPE.tinyint, COLUMN_TYPE.smallint, COLUMN_TYPE.mediumint],
  ...[COLUMN_TYPE.int, COLUMN_TYPE.bigint],
];

function throughVariable(
  { name, generated }: DefinedColumn,
  target: LoadTarget,
  place: number,
): LoadTarget {
  if (generated) return target;
  const into = `@c${place}`;
  return { into, set: `${quoteIdentifier(name)} = ${into}` };
}
