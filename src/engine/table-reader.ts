import type { SourceLineage } from "../core/database-identity.ts";
import type { Position } from "../core/position.ts";
import type { Shape, TableId } from "../core/shape.ts";
import type { Definitions } from "./definitions.ts";

/** A table as a snapshot sees it. */
export interface SnapshotTable {
  readonly table: TableId;
  readonly namespace: string;
  readonly name: string;
  readonly shape: Shape;
  /** What holds the rows, where the engine has a name for it: another one after TRUNCATE or a rewrite (Postgres: the relfilenode). */
  readonly storage: string;
  readonly estimatedBytes: number;
}

/** All tables at one position of the source's log. */
export interface Snapshot extends AsyncDisposable {
  /** Of the database whose rows these are: a name may stand for another server a moment later. */
  readonly identity: SourceLineage;
  readonly position: Position;
  readonly tables: readonly SnapshotTable[];
  readonly definitions: Definitions;
  /** The rows as the engine's own bulk export writes them; calls beyond the snapshot's `streams` wait for one another. */
  rows(table: SnapshotTable, signal: AbortSignal): AsyncIterable<Buffer>;
  /**
   * Why the rows just copied may not be those at `position` (the table was truncated, rewritten, altered or dropped since:
   * a COPY under an older snapshot then returns nothing, without an error), or undefined. Ask after the copy.
   */
  disturbance(
    table: SnapshotTable,
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

export interface TableReader {
  /** Throws BASE_UNSETTLED naming the blockers when open transactions do not let a snapshot be made in time. */
  openSnapshot(
    options: { readonly streams: number; readonly timeoutMs: number },
    signal: AbortSignal,
  ): Promise<Snapshot>;
}
