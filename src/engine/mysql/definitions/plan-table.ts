import { maskQuoted } from "./mask-quoted.ts";
import {
  type PrintedForeignKey,
  type PrintedKey,
  type PrintedTable,
  splitCreateTable,
} from "./split-create-table.ts";

/** How a table is made again: its rows are loaded between `create` and `keys`, the fastest way to fill InnoDB. */
export interface TablePlan {
  /** The table with its primary key, and the keys that it cannot be without. */
  readonly create: string;
  /** In the table's order of keys; each list is one ALTER TABLE, for InnoDB builds but one FULLTEXT key at a time. */
  readonly keys: readonly (readonly PrintedKey[])[];
  readonly foreignKeys: readonly PrintedForeignKey[];
  /** What AUTO_INCREMENT gives next, and to which column. */
  readonly autoIncrement:
    { readonly column: string; readonly next: string } | undefined;
  /** Where its files lie, in words of its statement: not made again. */
  readonly places: readonly string[];
}

const COUNTER = / AUTO_INCREMENT=(\d+)/;
const PLACES =
  / ?\/\*!\d+ TABLESPACE •+(?: STORAGE \w+)? \*\/| (?:DATA|INDEX) DIRECTORY ?= ?•+| TABLESPACE ?= ?(?:•+|\w+)/;

export function planTable(showCreateTable: string): TablePlan {
  const printed = splitCreateTable(showCreateTable);
  const counter = cut(printed.tail, COUNTER);
  const places = cut(counter.rest, PLACES);
  const kept = keysKept(printed);
  const lines = [
    ...printed.lines.slice(0, countColumns(printed)),
    ...printed.keys.slice(0, kept).map(({ text }) => text),
    ...printed.lines.slice(countColumns(printed)),
  ];
  const column = printed.autoIncrement;
  return {
    create: `${printed.head} (\n  ${lines.join(",\n  ")}\n) ${places.rest.trim()}`,
    keys: groupKeys(printed.keys.slice(kept)),
    foreignKeys: printed.foreignKeys,
    autoIncrement:
      column === undefined
        ? undefined
        : { column, next: /\d+/.exec(counter.cut[0] ?? "1")?.[0] ?? "1" },
    places: places.cut.map((place) => place.trim()),
  };
}

/** Keys stand between columns and checks. */
function countColumns({ lines }: PrintedTable): number {
  const first = lines.findIndex((line) => !line.startsWith("`"));
  return first === -1 ? lines.length : first;
}

/**
 * How many of the keys, from the first on, belong to the table from the beginning: they keep their order only when none of those
 * before one is added later. The primary key, because it is how the rows are stored; without one, the unique keys, because one of them is;
 * and the key that AUTO_INCREMENT asks for.
 */
function keysKept({ keys, autoIncrement }: PrintedTable): number {
  const feeding =
    autoIncrement === undefined
      ? -1
      : keys.findIndex((key) => key.firstColumn === autoIncrement);
  const storing =
    keys[0]?.kind === "primary"
      ? 0
      : keys.findLastIndex((key) => key.kind === "unique");
  return Math.max(feeding, storing) + 1;
}

function groupKeys(keys: readonly PrintedKey[]): PrintedKey[][] {
  const groups: PrintedKey[][] = [];
  let open: PrintedKey[] | undefined;
  for (const key of keys) {
    const isAlone = key.kind === "fulltext" || key.kind === "vector";
    if (isAlone || open === undefined) groups.push((open = [key]));
    else open.push(key);
    if (isAlone) open = undefined;
  }
  return groups;
}

/** What is left of `text` once every match of `pattern` outside quotes is taken out. */
function cut(
  text: string,
  pattern: RegExp,
): { readonly rest: string; readonly cut: readonly string[] } {
  const found: string[] = [];
  let rest = "";
  let from = 0;
  // A leading space, so that a pattern which begins with one matches at the beginning too.
  const padded = ` ${text}`;
  for (const match of maskQuoted(padded).matchAll(
    new RegExp(pattern.source, "g"),
  )) {
    rest += padded.slice(from, match.index);
    found.push(padded.slice(match.index, match.index + match[0].length));
    from = match.index + match[0].length;
  }
  return { rest: (rest + padded.slice(from)).trimStart(), cut: found };
}
