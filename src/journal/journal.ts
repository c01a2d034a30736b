import type { JournalRecord } from "../core/journal-record.ts";
import type { Micros } from "../core/instant.ts";
import type { Position } from "../core/position.ts";
import type { SourceName } from "../core/source-name.ts";

/** The end of what a journal durably holds of a source. */
export interface JournalHead {
  /** The last whole transaction; equal to the seq the journal was begun at when it holds none yet. */
  readonly seq: number;
  readonly position: Position;
  readonly committedAt: Micros;
  /** 32 hex digits; zeros at seq 0. */
  readonly rollingHash: string;
  /** At or after `position`: everything up to here has been seen. */
  readonly progressedTo: Position;
  readonly progressedAt: Micros;
}

/** What a journal is told when it is begun anew: the head that it continues. */
export type JournalStart = Omit<JournalHead, "progressedTo" | "progressedAt">;

/**
 * The ordered, durable log of transactions per source: a buffer before the archive. Only whole transactions count: parts of an
 * attempt that never ended are invisible to readers.
 */
export interface Journal extends AsyncDisposable {
  /** Fences or locks out every other writer of this source. Throws JOURNAL_LOCKED, JOURNAL_DAMAGED. */
  openWriter(source: SourceName, signal: AbortSignal): Promise<JournalWriter>;
  /**
   * The records after transaction `after`, in order, in batches of bounded bytes, following the writer until the signal aborts.
   * Each batch begins with the shapes that its parts need and that this call has not yielded before; parts of abandoned
   * attempts are left out, and the last part of a transaction may come in a later batch than its first. Progress stands
   * between transactions only. Waits while the journal was never begun. Rejects with the signal's reason when it aborts.
   * Throws JOURNAL_GAP when `after + 1` is no longer there or not yet part of this journal's history (`after` is beyond its
   * head), and when the journal is begun anew meanwhile.
   */
  read(
    source: SourceName,
    after: number,
    signal: AbortSignal,
  ): AsyncIterable<readonly JournalRecord[]>;
  /**
   * The rolling hash and position of transaction `seq`, or undefined when this journal does not hold it. The seq that the
   * journal was begun at is found, too.
   */
  find(
    source: SourceName,
    seq: number,
    signal: AbortSignal,
  ): Promise<JournalStart | undefined>;
  /** Allows the transactions up to `through` to be deleted; the newest one is always kept. */
  trim(source: SourceName, through: number, signal: AbortSignal): Promise<void>;
}

export interface JournalWriter extends AsyncDisposable {
  /** Undefined: the journal of this source has never been begun. */
  readonly head: JournalHead | undefined;
  /** Discards whatever there is and begins at `start`: the next transaction is `start.seq + 1`. */
  begin(start: JournalStart, signal: AbortSignal): Promise<void>;
  /**
   * Resolves once the records are durable. One call at a time. A part continues the one before it or is part 0 of the
   * transaction after the head; a shape was given before its first use by this writer or stands in the journal. Throws
   * INTERNAL for records that break this, nothing of which is written; ROW_TOO_LARGE; and JOURNAL_FATAL or DISK_FULL when a
   * write or sync failed: what is durable is then known only after a re-open.
   */
  append(records: readonly JournalRecord[], signal: AbortSignal): Promise<void>;
}
