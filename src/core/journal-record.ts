import type { Micros } from "./instant.ts";
import type { Position } from "./position.ts";
import type { Shape, ShapeId, TableId } from "./shape.ts";

/** A table with one shape, touched by a part, and how often. `ref` numbers them by first use in the transaction. */
export interface TouchedTable {
  readonly ref: number;
  readonly table: TableId;
  readonly shape: ShapeId;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  readonly truncates: number;
}

/** Whether there are rows in that shape: of a truncate it says nothing, and MySQL's log names no columns with one. */
export function hasRows(
  touched: Pick<TouchedTable, "inserts" | "updates" | "deletes">,
): boolean {
  return touched.inserts + touched.updates + touched.deletes > 0;
}

/** What makes a part the last of its transaction. */
export interface Commit {
  readonly position: Position;
  /** Never smaller than anything before it in the source's history. */
  readonly committedAt: Micros;
  /** As the source says. */
  readonly rawCommittedAt: Micros;
  /** 32 hex digits, see format/rolling-hash.ts. */
  readonly rollingHash: string;
}

/** All that journal, archiver and publisher decode of a part. `last` is `commit !== undefined`. */
export interface PartHeader {
  readonly seq: number;
  readonly part: number;
  readonly attempt: number;
  readonly incarnation: number;
  readonly xid: string;
  readonly tables: readonly TouchedTable[];
  readonly commit: Commit | undefined;
}

export interface EncodedPart {
  readonly kind: "part";
  readonly header: PartHeader;
  /** The whole record as it is stored: header and changes. */
  readonly bytes: Uint8Array;
  /** Where the field `changes` begins in `bytes`. */
  readonly changesOffset: number;
}

/** What a fold decodes of a part; an EncodedPart is one, too. */
export interface PartOutline extends Pick<
  EncodedPart,
  "bytes" | "changesOffset"
> {
  readonly header: Pick<PartHeader, "seq" | "part" | "tables"> & {
    /** undefined: more parts of the transaction follow. */
    readonly commit: unknown;
  };
}

/** Everything that ends at or before `position` is in the records before this one. */
export interface ProgressRecord {
  readonly kind: "progress";
  readonly afterSeq: number;
  readonly incarnation: number;
  readonly position: Position;
  /** The source's clock, never ours; not smaller than the last committedAt. */
  readonly at: Micros;
}

export interface ShapeRecord {
  readonly kind: "shape";
  readonly shape: Shape;
}

/** What travels through journal and segments. */
export type JournalRecord = EncodedPart | ProgressRecord | ShapeRecord;
