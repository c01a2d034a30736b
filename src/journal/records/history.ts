import type {
  EncodedPart,
  JournalRecord,
  ProgressRecord,
} from "../../core/journal-record.ts";
import { isAtOrBefore, type Position } from "../../core/position.ts";
import type { Micros } from "../../core/instant.ts";
import type { JournalHead } from "../journal.ts";

/** A transaction whose last part has not been seen; its seq is the head's + 1. */
export interface Unfinished {
  readonly attempt: number;
  /** How many parts there are so far: the number of the next one. */
  readonly parts: number;
}

/** What stands before a file or run: the head, and the transaction that a roll cut in two. */
export interface HistoryStart {
  readonly head: JournalHead;
  readonly unfinished: Unfinished | undefined;
}

/**
 * The rule by which records follow each other, the same for the writer that takes them and for whoever reads them back:
 * a part belongs to transaction head + 1; part 0 begins an attempt and abandons the one before; the other parts continue
 * it; progress stands between transactions, so it abandons an attempt too.
 */
export class History {
  head: JournalHead;
  unfinished: Unfinished | undefined;

  constructor(start: HistoryStart) {
    this.head = start.head;
    this.unfinished = start.unfinished;
  }

  fork(): History {
    return new History(this);
  }

  /** Throws RangeError when the record does not continue this history. */
  admit(record: JournalRecord): void {
    switch (record.kind) {
      case "shape":
        return;
      case "progress":
        return this.admitProgress(record);
      case "part":
        return this.admitPart(record);
      default:
        record satisfies never;
    }
  }

  private admitProgress(progress: ProgressRecord): void {
    const { head } = this;
    if (progress.afterSeq !== head.seq) {
      throw new RangeError(
        `progress after transaction ${progress.afterSeq}, the head is ${head.seq}`,
      );
    }
    this.unfinished = undefined;
    this.head = {
      ...head,
      progressedTo: laterPosition(head.progressedTo, progress.position),
      progressedAt: laterInstant(head.progressedAt, progress.at),
    };
  }

  private admitPart({ header }: EncodedPart): void {
    const { head, unfinished } = this;
    const { seq, part, attempt, commit } = header;
    if (seq !== head.seq + 1) {
      throw new RangeError(
        `a part of transaction ${seq}, the head is ${head.seq}`,
      );
    }
    const continues =
      unfinished?.attempt === attempt && unfinished.parts === part;
    if (part !== 0 && !continues) {
      throw new RangeError(
        `part ${part} of transaction ${seq}, attempt ${attempt}, does not follow the part before it`,
      );
    }
    if (commit === undefined) {
      this.unfinished = { attempt, parts: part + 1 };
      return;
    }
    if (!isAtOrBefore(head.position, commit.position)) {
      throw new RangeError(`transaction ${seq} ends before the head's end`);
    }
    this.unfinished = undefined;
    this.head = {
      seq,
      position: commit.position,
      committedAt: commit.committedAt,
      rollingHash: commit.rollingHash,
      progressedTo: laterPosition(head.progressedTo, commit.position),
      progressedAt: laterInstant(head.progressedAt, commit.committedAt),
    };
  }
}

function laterPosition(a: Position, b: Position): Position {
  return isAtOrBefore(a, b) ? b : a;
}

function laterInstant(a: Micros, b: Micros): Micros {
  return a > b ? a : b;
}
