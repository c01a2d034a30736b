import { randomInt } from "node:crypto";
import { TidemarkError } from "../core/errors.ts";
import type { Micros } from "../core/instant.ts";
import type {
  Commit,
  JournalRecord,
  TouchedTable,
} from "../core/journal-record.ts";
import {
  formatPosition,
  isAtOrBefore,
  isSamePosition,
  type Position,
} from "../core/position.ts";
import type { SourceItem, SourcePart } from "../engine/change-source.ts";
import { encodePart } from "../format/part-header.ts";
import { ContentHash, rolling } from "../format/rolling-hash.ts";

/** A transaction that is known already and must come again from the source exactly as it was. */
export interface KnownTransaction {
  /** For the message: "archive" or "journal". */
  readonly holder: string;
  readonly seq: number;
  readonly position: Position;
  readonly rollingHash: string;
}

export interface SequencerStart {
  /** The transaction after which the source is read. */
  readonly seq: number;
  readonly rollingHash: string;
  /** The heads of archive and journal: at or after `seq`. */
  readonly known: readonly KnownTransaction[];
  /** Transactions up to this one are in the journal: they are checked, not written again. */
  readonly writtenThrough: number;
  /** No later commit or progress may have a smaller time. */
  readonly committedAt: Micros;
  readonly incarnation: number;
}

/**
 * Numbers committed transactions and makes journal records of what a source yields: the header before the changes. Numbering is a
 * pure function of the source's log, so transactions that are read again get the numbers they had, which is how continuity
 * is proved: SOURCE_DIVERGED when one of `known` comes back as another.
 */
export class Sequencer {
  private readonly start: SequencerStart;
  private seq: number;
  private rollingHash: string;
  private committedAt: Micros;
  private readonly content = new ContentHash();
  private tables: TouchedTable[] = [];
  private attempt = 0;
  private nextPart = 0;

  constructor(start: SequencerStart) {
    this.start = start;
    this.seq = start.seq;
    this.rollingHash = start.rollingHash;
    this.committedAt = start.committedAt;
  }

  /** The last whole transaction. */
  get head(): number {
    return this.seq;
  }

  /** The records to append for one item; none for what the journal holds already. */
  take(item: SourceItem): JournalRecord | undefined {
    switch (item.kind) {
      case "shape":
        return { kind: "shape", shape: item.shape };
      case "progress":
        return this.takeProgress(item.position, item.at);
      case "part":
        return this.takePart(item);
      case "abandoned":
        return this.abandon();
    }
  }

  /** In the journal the next part 0 takes the place of the parts, or progress does. */
  private abandon(): undefined {
    this.content.forget();
    this.nextPart = 0;
  }

  private takePart(part: SourcePart): JournalRecord | undefined {
    if (part.part !== this.nextPart) {
      throw new TidemarkError(
        "INTERNAL",
        `part ${part.part} came where ${this.nextPart} belongs`,
      );
    }
    if (part.part === 0) {
      this.attempt = randomInt(2 ** 47);
      this.tables = [];
    }
    const seq = this.seq + 1;
    this.content.add(part.items.bytes);
    for (const touched of part.tables) this.tables[touched.ref] ??= touched;
    const commit =
      part.commit === undefined
        ? undefined
        : this.commit(seq, part, part.commit);
    this.nextPart = commit === undefined ? part.part + 1 : 0;
    if (seq <= this.start.writtenThrough) return undefined;
    return encodePart(
      {
        seq,
        part: part.part,
        attempt: this.attempt,
        incarnation: this.start.incarnation,
        xid: part.xid,
        tables: part.tables,
        commit,
      },
      part.items,
    );
  }

  private commit(
    seq: number,
    part: SourcePart,
    { position, rawCommittedAt }: NonNullable<SourcePart["commit"]>,
  ): Commit {
    const content = this.content.finish({
      xid: part.xid,
      position: formatPosition(position),
      rawCommittedAt,
      tables: this.tables,
    });
    this.rollingHash = rolling(this.rollingHash, content);
    this.seq = seq;
    this.checkKnown(seq, position);
    if (seq > this.start.writtenThrough && rawCommittedAt > this.committedAt) {
      this.committedAt = rawCommittedAt;
    }
    return {
      position,
      committedAt: this.committedAt,
      rawCommittedAt,
      rollingHash: this.rollingHash,
    };
  }

  private checkKnown(seq: number, position: Position): void {
    for (const known of this.start.known) {
      if (known.seq !== seq) continue;
      if (
        known.rollingHash === this.rollingHash &&
        isSamePosition(known.position, position)
      )
        continue;
      throw new TidemarkError(
        "SOURCE_DIVERGED",
        `transaction ${seq} of the ${known.holder} ended at ${formatPosition(known.position)}; the source now has another one there, ending at ${formatPosition(position)}`,
        {
          hint: "the source was restored, failed over or replaced: its history is not the archived one",
        },
      );
    }
  }

  private takeProgress(
    position: Position,
    at: Micros,
  ): JournalRecord | undefined {
    // While transactions come again there is nothing new to say, and a head that never came is a source without it.
    const missing = this.start.known.find((known) => known.seq > this.seq);
    if (missing !== undefined) {
      if (!isAtOrBefore(missing.position, position)) return undefined;
      throw new TidemarkError(
        "SOURCE_DIVERGED",
        `transaction ${missing.seq} of the ${missing.holder} ended at ${formatPosition(missing.position)}; the source has passed that place without it`,
        {
          hint: "the source was restored, failed over or replaced: its history is not the archived one",
        },
      );
    }
    if (at > this.committedAt) this.committedAt = at;
    return {
      kind: "progress",
      afterSeq: this.seq,
      incarnation: this.start.incarnation,
      position,
      at: this.committedAt,
    };
  }
}
