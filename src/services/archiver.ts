import { join } from "node:path";
import type { SegmentAct } from "../archive/acts.ts";
import type { ArchiveWriter } from "../archive/archive-writer.ts";
import { segmentKey } from "../archive/keys.ts";
import {
  createSegmentSpool,
  type FinishedSegment,
  type SegmentSpool,
} from "../archive/segment-writer.ts";
import { formatInstant, parseInstant, type Micros } from "../core/instant.ts";
import type { JournalRecord, ProgressRecord } from "../core/journal-record.ts";
import {
  formatPosition,
  parsePosition,
  type Position,
} from "../core/position.ts";
import type { Shape, ShapeId } from "../core/shape.ts";
import type { SourceName } from "../core/source-name.ts";
import type { Journal } from "../journal/journal.ts";
import { failpoint } from "../platform/failpoints.ts";
import type { Logger } from "../platform/logger.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { Ticker } from "./ticker.ts";

export const ARCHIVER_FAILPOINTS = [
  "archive.before-object",
  "archive.object-written",
  "archive.entry-written",
  "archive.acknowledged",
] as const;

/** Idle time is written down at most this often: an entry costs an object for ever. */
const PROGRESS_EVERY_MS = 60_000;
const SEGMENT_BYTES = 32 * 1024 * 1024;

export interface ArchiverOptions {
  readonly source: SourceName;
  readonly incarnation: number;
  readonly journal: Journal;
  readonly store: ObjectStore;
  readonly writer: ArchiveWriter;
  /** Exists, and belongs to this process. */
  readonly workFolder: string;
  /** How long a transaction may wait for its segment. */
  readonly rpoMs: number;
  readonly logger: Logger;
  /**
   * Throws when the source may not have sent all that it should have, false when it cannot be asked; called after the last
   * transaction of what is about to be archived has come.
   */
  readonly prove: (signal: AbortSignal) => Promise<boolean>;
  /** The source may forget what ends here: the transaction before the last archived one. */
  readonly acknowledge: (position: Position) => void;
  readonly onArchived?: (segment: SegmentAct) => void;
}

/**
 * Journal → archive, until the signal aborts or something throws. Order of durability, per segment: spool file → object → proof that
 * the source still sends everything → catalog entry, the commit point → only then the journal is trimmed and the source acknowledged. A crash before the entry leaves an
 * object that no entry names: the sweep takes it, and the same transactions are archived again under the next epoch.
 */
export class Archiver {
  private readonly options: ArchiverOptions;
  private readonly shapes = new Map<ShapeId, Shape>();
  private spool: SegmentSpool | undefined;
  private waitingSinceMs = 0;
  /** The open segment is overdue and waits for the end of a transaction. */
  private cutting = false;
  private progress: ProgressRecord | undefined;
  private progressWritten: { readonly atMs: number; readonly at: Micros } = {
    atMs: 0,
    at: 0n,
  };

  constructor(options: ArchiverOptions) {
    this.options = options;
  }

  /** Ends when the journal up to `through` is in the archive; without it, never. */
  async run(signal: AbortSignal, through = Infinity): Promise<void> {
    const { journal, source, writer } = this.options;
    await using ticker = new Ticker(
      (reading) => journal.read(source, writer.state.head.seq, reading),
      signal,
    );
    try {
      while (writer.state.head.seq < through) {
        const batch = await ticker.next(this.waitMs());
        if (batch !== undefined) await this.take(batch, signal);
        if ((this.spool?.lastSeq ?? 0) >= through) await this.cut(signal);
        if (this.waitMs() === 0) await this.cutAtBoundary(signal);
        await this.writeProgress(signal);
      }
    } finally {
      await this.spool?.[Symbol.asyncDispose]();
    }
  }

  /** Until the transactions that wait must go into the archive. */
  private waitMs(): number {
    const { spool } = this;
    if (spool === undefined || spool.isEmpty || this.cutting)
      return PROGRESS_EVERY_MS;
    return Math.max(0, this.waitingSinceMs + this.options.rpoMs - Date.now());
  }

  private async take(
    batch: readonly JournalRecord[],
    signal: AbortSignal,
  ): Promise<void> {
    let rest = batch;
    while (rest.length > 0) {
      const spool = (this.spool ??= await this.begin());
      const wasEmpty = spool.isEmpty;
      const taken = await spool.add(rest);
      if (wasEmpty) this.waitingSinceMs = Date.now();
      for (const record of rest.slice(0, taken)) {
        if (record.kind === "progress") this.progress = record;
      }
      rest = rest.slice(taken);
      // Somebody waits for a marker or a heartbeat: a base, or the user who wrote it.
      if (spool.isFull || (spool.isAwaited && spool.atBoundary))
        await this.cut(signal);
    }
  }

  private async begin(): Promise<SegmentSpool> {
    const { writer, workFolder, incarnation } = this.options;
    const { seq, position, rollingHash } = writer.state.head;
    return createSegmentSpool({
      path: join(workFolder, `segment-${writer.epoch}-${seq + 1}.avro`),
      incarnation,
      before: { seq, position, rollingHash },
      shapes: this.shapes,
      fullBytes: SEGMENT_BYTES,
    });
  }

  /** The transaction that is open goes into this segment whole; `take` cuts when its end has come. */
  private async cutAtBoundary(signal: AbortSignal): Promise<void> {
    if (this.spool?.atBoundary) return this.cut(signal);
    this.spool?.cutSoon();
    this.cutting = true;
  }

  private async cut(signal: AbortSignal): Promise<void> {
    const { spool } = this;
    if (spool === undefined || spool.isEmpty) return;
    this.cutting = false;
    this.spool = undefined;
    await using finished = spool;
    await this.store(await finished.finish(), signal);
  }

  private async store(
    segment: FinishedSegment,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, writer, source, journal, acknowledge } = this.options;
    const { summary, object, path } = segment;
    const key = segmentKey(source, {
      epoch: writer.epoch,
      first: summary.first.seq,
      last: summary.last.seq,
      sha256: object.sha256,
    });
    failpoint("archive.before-object");
    await store.create(
      key,
      { kind: "file", path, sizeBytes: object.bytes, sha256: object.sha256 },
      signal,
    );
    failpoint("archive.object-written");
    const act: SegmentAct = {
      act: "segment",
      epoch: writer.epoch,
      ...summary,
      proved: await this.options.prove(signal),
      object: { key, ...object },
    };
    await writer.append(act, signal);
    failpoint("archive.entry-written");
    acknowledge(parsePosition(summary.reread.position));
    failpoint("archive.acknowledged");
    // The head's transaction stays: it is how the journal is recognised as the archive's.
    await journal.trim(source, summary.last.seq - 1, signal);
    this.options.onArchived?.(act);
    this.options.logger.info(
      {
        source,
        from: summary.first.seq,
        through: summary.last.seq,
        bytes: object.bytes,
      },
      "segment archived",
    );
  }

  /** What an idle source has been seen up to, when no segment says it. */
  private async writeProgress(signal: AbortSignal): Promise<void> {
    const { progress } = this;
    const { writer, incarnation } = this.options;
    if (
      progress === undefined ||
      (this.spool !== undefined && !this.spool.isEmpty)
    )
      return;
    if (progress.at <= this.progressWritten.at) return;
    if (Date.now() - this.progressWritten.atMs < PROGRESS_EVERY_MS) return;
    // To the microsecond: a progress before the archived head has at most the head's time, and would go back.
    if (progress.at <= parseInstant(writer.state.progress.at)) return;
    if (!(await this.options.prove(signal))) return;
    this.progressWritten = { atMs: Date.now(), at: progress.at };
    await writer.append(
      {
        act: "progress",
        epoch: writer.epoch,
        incarnation,
        afterSeq: writer.state.head.seq,
        progress: {
          position: formatPosition(progress.position),
          at: formatInstant(progress.at),
        },
      },
      signal,
    );
  }
}
