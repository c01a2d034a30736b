import type { RowSink } from "./row-sink.ts";
import type { SpillNote } from "./spill-notes.ts";
import type { TableJoin } from "./table-change.ts";

/** A note is good until the next one. */
export type NoteWriter = (note: SpillNote) => void;

/** The net change of a table or of one of its partitions, in memory. It can be written down, and what was written be applied. */
export interface FoldedRows {
  /** Distinct keys or rows. */
  readonly size: number;
  /**
   * Notes of newer changes come first. False: it is about a row that was written down before, or needs it no more. Throws
   * ARCHIVE_DAMAGED when it contradicts newer ones.
   */
  apply(note: SpillNote): boolean;
  /** Writes everything down. Nothing but `release` may follow. */
  writeAll(out: NoteWriter): void;
  join(sink: RowSink): TableJoin;
  /** After the join: rows to which other partitions must deliver something, and how many they are. */
  writeWaiting(out: NoteWriter): number;
  release(): void;
}
