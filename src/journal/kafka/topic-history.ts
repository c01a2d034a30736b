import type { JournalRecord, ShapeRecord } from "../../core/journal-record.ts";
import { AvroReader } from "../../format/avro-reader.ts";
import { readJournalRecord } from "../../format/journal-record.ts";
import { History, type HistoryStart } from "../records/history.ts";
import { decodeHistoryStart } from "../records/history-start.ts";
import { FrameJoiner, type Frame } from "./frame-joiner.ts";
import { splitItems } from "./items.ts";
import { journalDamaged, journalGap } from "./kafka-errors.ts";
import type { FetchedRecord } from "./partition-reader.ts";
import { judgeRecord, type Judged } from "./judge-record.ts";

export type Told =
  /** A writer has come. */
  | { readonly kind: "claim"; readonly offset: number; readonly by: string }
  | {
      readonly kind: "start";
      readonly frame: Frame;
      readonly start: HistoryStart;
      readonly shapes: readonly ShapeRecord[];
    }
  | {
      readonly kind: "records";
      readonly frame: Frame;
      readonly records: readonly JournalRecord[];
    };

/**
 * The rule by which a topic is read, the same for every reader and for the writer that opens: a record counts only at the
 * offset that it says, and only under the newest claim before it. What does not count is counted.
 */
export class TopicHistory {
  /** Undefined until a start was read. */
  now: History | undefined;
  /** How many records did not count. */
  ignored = 0;
  private readonly where: string;
  private readonly follows: boolean;
  private readonly frames = new FrameJoiner();
  private epoch: number | undefined;
  private began: number | undefined;

  /** `follows`: goes on in a history that is begun anew, where a reader of the one before must stop. */
  constructor(where: string, follows = false) {
    this.where = where;
    this.follows = follows;
  }

  /** Undefined when the record says nothing by itself. Throws JOURNAL_GAP when a new history begins, JOURNAL_DAMAGED. */
  take(record: FetchedRecord): Told | undefined {
    const judged = this.judged(record.offset, () => judgeRecord(record));
    if (judged === undefined || !this.counts(judged)) {
      this.ignored++;
      return undefined;
    }
    const { head, value } = judged;
    if (head.kind === "claim") return this.claim(head.at, value);
    const frame = this.judged(head.at, () => this.frames.add(head, value));
    if (frame === undefined) return undefined;
    return head.kind === "start" ? this.begin(frame) : this.records(frame);
  }

  private counts({ head }: Judged): boolean {
    if (head.kind === "claim") return true;
    if (this.epoch === head.epoch) return true;
    // The first that is read of a run says whose it is: nothing older could stand where it says.
    return this.epoch === undefined && head.kind === "start";
  }

  /** Whoever was at work before is void from here on, with what it left half. */
  private claim(offset: number, value: Buffer): Told {
    this.epoch = offset;
    this.frames.drop();
    if (this.now !== undefined) this.now.unfinished = undefined;
    return { kind: "claim", offset, by: value.toString("utf8") };
  }

  private begin(frame: Frame): Told {
    const { head } = frame;
    this.epoch ??= head.epoch;
    const [first, ...rest] = splitItems(frame.body);
    return this.judged(head.at, () => {
      if (first === undefined) throw new RangeError("a start without items");
      const start = decodeHistoryStart(first);
      const shapes = rest.map(decodeShape);
      this.enter(head.history ?? head.at, start);
      return { kind: "start", frame, start, shapes };
    });
  }

  private enter(history: number, start: HistoryStart): void {
    if (this.began !== undefined && history !== this.began) {
      if (!this.follows)
        throw journalGap(this.where, "the journal was begun anew");
      this.now = undefined;
    }
    this.began = history;
    const head = this.now?.head ?? start.head;
    if (
      head.seq !== start.head.seq ||
      head.rollingHash !== start.head.rollingHash
    )
      throw new RangeError("a start does not continue what is before it");
    this.now = new History(start);
  }

  private records(frame: Frame): Told {
    return this.judged(frame.head.at, () => {
      const records = splitItems(frame.body).map(decodeItem);
      for (const record of records) this.now?.admit(record);
      return { kind: "records", frame, records };
    });
  }

  /** What a check of a record throws is damage there. */
  private judged<T>(offset: number, check: () => T): T {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof RangeError) && !(error instanceof SyntaxError))
        throw error;
      throw journalDamaged({ where: this.where, offset }, error.message, error);
    }
  }
}

export function decodeItem(item: Buffer): JournalRecord {
  const reader = new AvroReader(item);
  const record = readJournalRecord(reader);
  if (!reader.atEnd)
    throw new RangeError("a record is not as long as its item");
  return record;
}

function decodeShape(item: Buffer): ShapeRecord {
  const record = decodeItem(item);
  if (record.kind !== "shape")
    throw new RangeError("a start has other records");
  return record;
}
