import type { Random } from "./random.ts";
import type { MakeValue, Text } from "./values.ts";

export interface WorkColumn {
  /** Quoted where it has to be. */
  readonly name: string;
  readonly make: MakeValue;
  /** Out of line: most updates leave it alone. */
  readonly big?: boolean;
}

/** What the workload knows of a table: how to make its rows, and what it may do to them. */
export interface WorkTable {
  /** With its schema, quoted where it has to be. */
  readonly name: string;
  /** How a statement finds its rows; none for a table without a key. */
  readonly key: readonly WorkColumn[];
  /** A key that `key` never makes, for swaps. */
  readonly spareKey?: (random: Random) => readonly Text[];
  readonly columns: readonly WorkColumn[];
  /** The server makes the key: INSERT and COPY leave it out, and nothing may change it. */
  readonly keyByServer?: boolean;
  readonly insertOnly?: boolean;
  /** Rows come in tens of thousands, too. */
  readonly bulk?: boolean;
  /** Rows refer to its rows. */
  readonly isParent?: true;
  /** Nothing inserts or deletes: the row is there and contended for. */
  readonly updateOnly?: boolean;
}

export interface WorkRow {
  readonly columns: readonly string[];
  readonly values: readonly Text[];
}

/** A new row. Keys come from a small set, so that statements meet rows of others. */
export function makeRow(table: WorkTable, random: Random): WorkRow {
  const columns =
    table.keyByServer === true
      ? table.columns
      : [...table.key, ...table.columns];
  return {
    columns: columns.map(({ name }) => name),
    values: columns.map(({ make }) => make(random)),
  };
}

export function makeKey(table: WorkTable, random: Random): readonly Text[] {
  return table.key.map(({ make }) => make(random));
}
