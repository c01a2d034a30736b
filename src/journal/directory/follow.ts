import { stat } from "node:fs/promises";
import type { JournalRecord } from "../../core/journal-record.ts";
import { FrameReader, type Frame } from "./frame-reader.ts";
import { decodeFrame, judged } from "./frame-records.ts";
import { History, type HistoryStart } from "../records/history.ts";
import { listNumbers } from "./journal-directory.ts";
import { isMissing, journalDamaged, journalGap } from "./journal-errors.ts";
import { openJournalFile, type JournalFile } from "./journal-file.ts";
import type { SourceFiles } from "./source-files.ts";

export type Followed =
  /** A file begins. */
  | { readonly kind: "start"; readonly start: HistoryStart }
  /** One durable frame, admitted to the history. */
  | {
      readonly kind: "frame";
      readonly file: JournalFile;
      readonly frame: Frame;
      readonly records: readonly JournalRecord[];
    }
  /** Nothing more is durable now; taking the next item waits. */
  | { readonly kind: "caught-up" };

/**
 * The durable frames from file `first` on, across files, following the writer. Throws JOURNAL_GAP when a file is gone
 * (trimmed, or a new history began), JOURNAL_DAMAGED, and the signal's reason.
 */
export async function* follow(
  files: SourceFiles,
  first: number,
  signal: AbortSignal,
): AsyncGenerator<Followed> {
  let before: History | undefined;
  let current: number | undefined;
  for (let number = first; ;) {
    await using file = await openNext(files, number);
    current ??= file.header.history;
    // `begin` goes on with the frames' numbers: its file has the name that the next one would have had.
    if (current !== file.header.history) throw begunAnew(files);
    const reader = new FrameReader(file);
    const history = new FileHistory(file, before);
    for (;;) {
      const seen = files.tail.version;
      const extent = await extentOf(files, file);
      if (extent.end < reader.offset)
        throw journalGap(file.path, "the file was cut behind a reader");
      const stop = yield* readFrames({ reader, file, history, extent }, signal);
      if (stop.kind === "end" && extent.final) break;
      if (stop.kind === "invalid" && (extent.final || extent.durable)) {
        const place = { path: file.path, offset: reader.offset };
        throw journalDamaged(place, stop.why);
      }
      yield { kind: "caught-up" };
      const pollMs = extent.durable ? undefined : files.pollMs;
      await files.tail.changed(seen, pollMs, signal);
    }
    before = history.now;
    number = reader.number;
  }
}

async function openNext(
  files: SourceFiles,
  number: number,
): Promise<JournalFile> {
  try {
    return await openJournalFile(files.directory, number, "r");
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw journalGap(
      files.directory,
      `the file that begins with frame ${number} is gone`,
    );
  }
}

interface Extent {
  /** How far the file may be read. */
  readonly end: number;
  /** A newer file exists: this one does not grow any more. */
  readonly final: boolean;
  /** The writer is in this process and vouches for `end`; otherwise the last frame may be half written or not synced. */
  readonly durable: boolean;
}

async function extentOf(
  files: SourceFiles,
  file: JournalFile,
): Promise<Extent> {
  const { tail } = files.tail;
  if (tail !== undefined) {
    if (tail.history !== file.header.history) throw begunAnew(files);
    const final = file.number < tail.number;
    const end = final ? await file.size() : tail.end;
    return { end, final, durable: true };
  }
  // The list comes before the size: a newer file in it means that the size is the last one.
  const newest = (await listNumbers(files.directory)).at(-1);
  if (newest === undefined || newest < file.number) throw begunAnew(files);
  const final = newest > file.number;
  if (!final) await refuseReplaced(files, file);
  return { end: await file.size(), final, durable: false };
}

/** The directory was moved away and a new journal has a file of the same name. */
async function refuseReplaced(
  files: SourceFiles,
  file: JournalFile,
): Promise<void> {
  const [ours, theirs] = await Promise.all([
    file.handle.stat(),
    stat(file.path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    }),
  ]);
  if (theirs?.ino !== ours.ino) throw begunAnew(files);
}

function begunAnew(files: SourceFiles) {
  return journalGap(files.directory, "the journal was begun anew");
}

interface Reading {
  readonly reader: FrameReader;
  readonly file: JournalFile;
  readonly history: FileHistory;
  readonly extent: Extent;
}

type Stop = { kind: "end" } | { kind: "invalid"; why: string };

async function* readFrames(
  { reader, file, history, extent }: Reading,
  signal: AbortSignal,
): AsyncGenerator<Followed, Stop> {
  for (;;) {
    const step = reader.take(extent.end);
    switch (step.kind) {
      case "end":
      case "invalid":
        return step;
      case "more":
        signal.throwIfAborted();
        await reader.fill(extent.end);
        // Bytes of another process may stand in the kernel's cache only: they count once they are synced, by whomever.
        if (!extent.durable && !extent.final) await file.handle.datasync();
        continue;
      case "frame": {
        const { frame } = step;
        const { start, records } = history.admit(frame);
        if (start !== undefined) yield { kind: "start", start };
        yield { kind: "frame", file, frame, records };
        continue;
      }
      default:
        step satisfies never;
    }
  }
}

/** Checks that a file's records continue each other, and that the file continues the one before it. */
class FileHistory {
  now: History | undefined;
  private readonly file: JournalFile;
  private readonly before: History | undefined;

  constructor(file: JournalFile, before: History | undefined) {
    this.file = file;
    this.before = before;
  }

  admit(frame: Frame): ReturnType<typeof decodeFrame> {
    const content = decodeFrame(this.file, frame);
    judged(this.file, frame, () => {
      if (content.start !== undefined) this.enter(content.start);
      for (const record of content.records) this.now?.admit(record);
    });
    return content;
  }

  private enter(start: HistoryStart): void {
    const head = this.before?.head ?? start.head;
    if (
      head.seq !== start.head.seq ||
      head.rollingHash !== start.head.rollingHash
    )
      throw new RangeError("the file does not continue the one before it");
    this.now = new History(start);
  }
}
