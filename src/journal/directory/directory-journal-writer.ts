import { TidemarkError } from "../../core/errors.ts";
import type { JournalRecord } from "../../core/journal-record.ts";
import type { JournalHead, JournalStart, JournalWriter } from "../journal.ts";
import { AppendFile } from "./append-file.ts";
import { createJournalFile, type NewFile } from "./create-file.ts";
import { cutBySize } from "../records/cut-by-size.ts";
import { discardFilesBefore } from "./discard-files.ts";
import { History } from "../records/history.ts";
import { journalFileError } from "./journal-errors.ts";
import { journalFailpoint } from "./journal-failpoints.ts";
import type { LiveTail } from "./live-tail.ts";
import type { OpenEnd } from "./recover.ts";
import { ShapeBook } from "../records/shape-book.ts";

export interface WriterPlace {
  /** `<journal>/<source>`. */
  readonly directory: string;
  readonly lock: Disposable;
  readonly tail: LiveTail;
  readonly rollBytes: number;
  readonly maxRecordBytes: number;
}

const FIRST_FRAME = 1;

/** The one writer of a source's files; it owns the lock. */
export class DirectoryJournalWriter implements JournalWriter {
  private readonly place: WriterPlace;
  private history: History | undefined;
  private shapes: ShapeBook;
  private newest: AppendFile | undefined;
  private running: Promise<void> | undefined;
  private closed = false;
  /** The first failure: what is durable is not known any more. */
  private failure: Error | undefined;

  constructor(place: WriterPlace, end: OpenEnd | undefined) {
    this.place = place;
    this.history = end?.history;
    this.shapes = end?.shapes ?? new ShapeBook();
    this.newest = end === undefined ? undefined : new AppendFile(end);
    this.publish();
  }

  get head(): JournalHead | undefined {
    return this.history?.head;
  }

  async begin(start: JournalStart, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!Number.isSafeInteger(start.seq) || start.seq < 0)
      throw new TidemarkError("INTERNAL", `a journal begun at ${start.seq}`);
    await this.exclusively(() => this.beginFile(start));
  }

  async append(
    records: readonly JournalRecord[],
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    await this.exclusively(async () => {
      const { maxRecordBytes } = this.place;
      const sizes = { runBytes: maxRecordBytes, maxRecordBytes };
      for (const group of cutBySize(records, sizes))
        await this.appendOne(group);
    });
  }

  /**
   * A crash before the new file has its name leaves the old history as it was; after that the new file is the newest and
   * names its own history, so whatever old files are left are discarded by every later open and by readers.
   */
  private async beginFile(start: JournalStart): Promise<void> {
    const { directory } = this.place;
    const number = this.newest?.nextFrame ?? FIRST_FRAME;
    const head: JournalHead = {
      ...start,
      progressedTo: start.position,
      progressedAt: start.committedAt,
    };
    const history = new History({ head, unfinished: undefined });
    await this.replaceNewest({
      number,
      history: number,
      start: history,
      shapes: [],
    });
    this.history = history;
    this.shapes.noteBegun();
    journalFailpoint("journal.begin-placed");
    this.publish();
    await this.durably(() => discardFilesBefore(directory, number));
  }

  private async appendOne(records: readonly JournalRecord[]): Promise<void> {
    const { history, newest } = this;
    if (history === undefined || newest === undefined)
      throw new TidemarkError("INTERNAL", "append to a journal never begun");
    const next = history.fork();
    refusing(() => {
      for (const record of records) next.admit(record);
    });
    let items = refusing(() => this.shapes.itemsOf(records));
    if (items.length === 0) return;
    if (newest.end >= this.place.rollBytes && newest.hasAppends) {
      await this.roll(history);
      // The new file may need other shapes.
      items = this.shapes.itemsOf(records);
    }
    await this.durably(async () => this.newest?.append(items));
    this.shapes.noteWritten(records);
    this.history = next;
    this.publish();
  }

  /** The old file is synced: every append was. A crash leaves it the newest, or a new one that says the same. */
  private async roll(history: History): Promise<void> {
    await this.replaceNewest({
      number: this.newest?.nextFrame ?? FIRST_FRAME,
      history: this.newest?.file.header.history ?? FIRST_FRAME,
      start: history,
      shapes: this.shapes.inForce(),
    });
    this.shapes.noteRolled();
  }

  private async replaceNewest(plan: NewFile): Promise<void> {
    const old = this.newest;
    const created = await this.durably(() =>
      createJournalFile(this.place.directory, plan),
    );
    this.newest = new AppendFile({ ...created, nextFrame: plan.number + 1 });
    await old?.[Symbol.asyncDispose]();
  }

  private publish(): void {
    const { history, newest } = this;
    if (history === undefined || newest === undefined) {
      this.place.tail.publish(undefined);
      return;
    }
    this.place.tail.publish({
      history: newest.file.header.history,
      number: newest.file.number,
      end: newest.end,
      head: history.head,
    });
  }

  /** One call at a time; after a failed write or sync none at all. */
  private async exclusively(work: () => Promise<void>): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
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
      const { directory } = this.place;
      const path = this.newest?.file.path ?? directory;
      this.failure = journalFileError(path, error) as Error;
      throw this.failure;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    // Whoever called it has its error.
    await this.running?.catch(() => undefined);
    this.place.tail.publish(undefined);
    await this.newest?.[Symbol.asyncDispose]();
    this.place.lock[Symbol.dispose]();
  }
}

/** What capture may not append is a defect of capture, not of the disk: nothing was written. */
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
