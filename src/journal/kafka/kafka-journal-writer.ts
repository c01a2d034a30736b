import { TidemarkError } from "../../core/errors.ts";
import type { JournalRecord } from "../../core/journal-record.ts";
import type { JournalHead, JournalStart, JournalWriter } from "../journal.ts";
import { cutBySize } from "../records/cut-by-size.ts";
import { encodeHistoryStart } from "../records/history-start.ts";
import { History } from "../records/history.ts";
import type { ShapeBook } from "../records/shape-book.ts";
import { joinItems } from "./items.ts";
import { kafkaFailpoint } from "./journal-failpoints.ts";
import type { KafkaPlace } from "./kafka-place.ts";
import type { RecordHead } from "./record-head.ts";
import type { TopicAppender } from "./topic-appender.ts";
import { deleteBefore } from "./trim-topic.ts";
import type { WriterMemory } from "./writer-memory.ts";

export interface WriterPlace {
  readonly place: KafkaPlace;
  readonly topic: string;
  readonly memory: WriterMemory;
  readonly appender: TopicAppender;
  readonly rollBytes: number;
  readonly maxRecordBytes: number;
  readonly maxMessageBytes: number;
}

/** What was durable when the writer came. */
export interface WriterEnd {
  readonly epoch: number;
  readonly history: History | undefined;
  readonly shapes: ShapeBook;
  /** Undefined where nothing was begun. */
  readonly run: Run | undefined;
}

interface Run {
  readonly start: number;
  /** Where its history began. */
  readonly history: number;
  bytes: number;
}

/** A batch's own header, ours, and what compression may add to bytes that it cannot make less. */
const BATCH_BYTES = 8 * 1024;
/** Larger ones are no faster, and what is read is held record by record. */
const MOST_MESSAGE_BYTES = 1024 * 1024;

/** One claim of a source's topic: it writes until a newer claim, or the first doubt. */
export class KafkaJournalWriter implements JournalWriter {
  private readonly place: WriterPlace;
  private readonly epoch: number;
  private readonly messageBytes: number;
  private readonly shapes: ShapeBook;
  private history: History | undefined;
  private run: Run | undefined;
  private running: Promise<void> | undefined;
  private closed = false;
  /** The first failure: what is durable is not known any more. */
  private failure: { readonly error: unknown } | undefined;

  constructor(place: WriterPlace, end: WriterEnd) {
    this.place = place;
    this.epoch = end.epoch;
    this.history = end.history;
    this.shapes = end.shapes;
    this.run = end.run;
    const room = Math.floor((place.maxMessageBytes - BATCH_BYTES) * 0.99);
    this.messageBytes = Math.min(MOST_MESSAGE_BYTES, room);
    this.publish();
  }

  get head(): JournalHead | undefined {
    return this.history?.head;
  }

  async begin(start: JournalStart, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!Number.isSafeInteger(start.seq) || start.seq < 0)
      throw new TidemarkError("INTERNAL", `a journal begun at ${start.seq}`);
    await this.exclusively(() => this.beginHistory(start, signal));
  }

  async append(
    records: readonly JournalRecord[],
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    await this.exclusively(async () => {
      const { history } = this;
      if (history === undefined)
        throw new TidemarkError("INTERNAL", "append to a journal never begun");
      // All of it, before the first run is sent.
      const after = history.fork();
      refusing(() => {
        for (const record of records) after.admit(record);
        this.shapes.itemsOf(records);
      });
      const sizes = {
        runBytes: this.messageBytes,
        maxRecordBytes: this.place.maxRecordBytes,
      };
      for (const run of cutBySize(records, sizes))
        await this.appendRun(run, signal);
    });
  }

  /**
   * A crash before the start is whole leaves the old history as it was; after that it is the newest, and whatever stands
   * before it does not count.
   */
  private async beginHistory(
    start: JournalStart,
    signal: AbortSignal,
  ): Promise<void> {
    const head: JournalHead = {
      ...start,
      progressedTo: start.position,
      progressedAt: start.committedAt,
    };
    const history = new History({ head, unfinished: undefined });
    const at = await this.startRun(
      { history, shapes: [], began: undefined },
      signal,
    );
    this.history = history;
    this.shapes.noteBegun();
    kafkaFailpoint("kafka.begin-sent");
    this.publish();
    const { place, topic } = this.place;
    if (at > 0)
      await this.durably(() =>
        deleteBefore(place, { topic, offset: at }, signal),
      );
  }

  private async appendRun(
    records: readonly JournalRecord[],
    signal: AbortSignal,
  ): Promise<void> {
    const { history, run } = this;
    if (history === undefined || run === undefined) return;
    const next = history.fork();
    for (const record of records) next.admit(record);
    let items = this.shapes.itemsOf(records);
    if (items.length === 0) return;
    if (run.bytes >= this.place.rollBytes) {
      const shapes = this.shapes.inForce();
      await this.startRun({ history, shapes, began: run.history }, signal);
      this.shapes.noteRolled();
      kafkaFailpoint("kafka.start-sent");
      // The new run may need other shapes.
      items = this.shapes.itemsOf(records);
    }
    const bytes = await this.send({ kind: "records" }, items, signal);
    if (this.run !== undefined) this.run.bytes += bytes;
    this.shapes.noteWritten(records);
    this.history = next;
    this.publish();
  }

  /** Its start names where the history stands, so that a reader needs nothing before it. */
  private async startRun(
    plan: {
      readonly history: History;
      readonly shapes: readonly Uint8Array[];
      /** Undefined: with this run. */
      readonly began: number | undefined;
    },
    signal: AbortSignal,
  ): Promise<number> {
    const at = this.place.appender.next;
    const { head, unfinished } = plan.history;
    const history = plan.began ?? at;
    await this.send(
      {
        kind: "start",
        history,
        firstSeq: head.seq + (unfinished === undefined ? 1 : 2),
      },
      [encodeHistoryStart(plan.history), ...plan.shapes],
      signal,
    );
    this.run = { start: at, history, bytes: 0 };
    return at;
  }

  /** A frame: one record, or several that count only together. */
  private async send(
    what: Pick<RecordHead, "kind" | "history" | "firstSeq">,
    items: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<number> {
    const { appender } = this.place;
    const body = joinItems(items);
    const pieces = Math.max(1, Math.ceil(body.length / this.messageBytes));
    for (let piece = 0; piece < pieces; piece++) {
      const head: RecordHead = {
        ...what,
        at: appender.next,
        epoch: this.epoch,
        ...(this.run === undefined ? {} : { start: this.run.start }),
        piece,
        pieces,
      };
      const from = piece * this.messageBytes;
      const value = body.subarray(from, from + this.messageBytes);
      kafkaFailpoint("kafka.before-send");
      await this.durably(() => appender.append(head, value, signal));
      if (piece + 1 < pieces) kafkaFailpoint("kafka.piece-sent");
    }
    kafkaFailpoint("kafka.frame-sent");
    return body.length;
  }

  private publish(): void {
    this.place.memory.head = this.history?.head.seq;
  }

  /** One call at a time; after a doubt none at all. */
  private async exclusively(work: () => Promise<void>): Promise<void> {
    if (this.failure !== undefined) throw this.failure.error;
    if (this.closed) throw new TidemarkError("INTERNAL", "a closed journal");
    if (this.running !== undefined)
      throw new TidemarkError("INTERNAL", "two writes to a journal at once");
    this.running = work();
    try {
      await this.running;
    } finally {
      this.running = undefined;
    }
  }

  private async durably<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.failure = { error };
      this.place.memory.head = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    // Whoever called it has its error.
    await this.running?.catch(() => undefined);
    this.place.memory.head = undefined;
    await this.place.appender[Symbol.asyncDispose]();
  }
}

/** What capture may not append is a defect of capture, not of the brokers: nothing was sent. */
function refusing<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TidemarkError("INTERNAL", `the journal refuses: ${why}`, {
      cause: error,
    });
  }
}
