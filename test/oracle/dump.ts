import type { Micros } from "../../src/core/instant.ts";
import type { Position } from "../../src/core/position.ts";

export interface TableDump {
  readonly rows: number;
  /** Of the sorted texts of all rows, as the server writes them. */
  readonly digest: string;
}

/** What gives numbers: sequences of Postgres, AUTO_INCREMENT of MySQL. */
export interface SequenceFacts {
  readonly increment: bigint;
  /** The next that it gives. */
  readonly next: bigint;
  /** The furthest value, in the sequence's own direction, in the columns that it serves; undefined: none. */
  readonly furthest: bigint | undefined;
}

/** What a database holds at one instant, small enough to keep for every instant that a test comes back to. */
export interface Dump {
  readonly tables: ReadonlyMap<string, TableDump>;
  /** By table; one line a column: name, type, what makes it NOT NULL, default, generated or identity. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
  readonly sequences: ReadonlyMap<string, SequenceFacts>;
  /** Every object of the schema, by kind and name: the statements that make it. */
  readonly definitions: ReadonlyMap<string, string>;
}

export interface SourceDump extends Dump {
  /** Holds exactly the transactions that end at or before it. */
  readonly position: Position;
  /** By the source's clock: nobody committed anything else from then through then. */
  readonly stood?: { readonly from: Micros; readonly through: Micros };
}

/** Whether a sequence with this increment reaches `a` only after `b`. */
export function isBeyond(a: bigint, b: bigint, increment: bigint): boolean {
  return increment > 0n ? a > b : a < b;
}
