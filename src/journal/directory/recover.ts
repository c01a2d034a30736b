import type { Logger } from "../../platform/logger.ts";
import { FrameReader, type Frame } from "./frame-reader.ts";
import { decodeFrame, judged } from "./frame-records.ts";
import { History } from "../records/history.ts";
import { journalDamaged } from "./journal-errors.ts";
import { journalFailpoint } from "./journal-failpoints.ts";
import { openJournalFile, type JournalFile } from "./journal-file.ts";
import { ShapeBook } from "../records/shape-book.ts";
import { findLaterFrame } from "./torn-tail.ts";

/** The newest file of a journal, ready for the next frame. */
export interface OpenEnd {
  readonly file: JournalFile;
  /** Where the next frame goes, and its number. */
  readonly end: number;
  readonly nextFrame: number;
  readonly history: History;
  readonly shapes: ShapeBook;
}

/**
 * Reads the newest file to its end. A torn last frame is cut; anything else that is not what was written throws
 * JOURNAL_DAMAGED. What was read may only stand in the kernel's cache, left by a process that died between write and sync:
 * it counts once the file is synced here, and nothing is appended before.
 */
export async function recoverNewestFile(
  directory: string,
  number: number,
  logger: Logger,
): Promise<OpenEnd> {
  const file = await openJournalFile(directory, number, "r+");
  try {
    const found = await readToEnd(file);
    const { reader, size } = found;
    if (reader.offset < size) {
      await refuseDamage(found);
      await file.handle.truncate(reader.offset);
      logger.warn(
        { file: file.path, offset: reader.offset, bytes: size - reader.offset },
        "cut the journal's torn last write, which was never acknowledged",
      );
      journalFailpoint("journal.open-truncated");
    }
    await file.handle.datasync();
    journalFailpoint("journal.open-synced");
    // Whoever left an attempt unfinished is gone: it begins again at part 0.
    found.history.unfinished = undefined;
    return {
      file,
      end: reader.offset,
      nextFrame: reader.number,
      history: found.history,
      shapes: found.shapes,
    };
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

interface Found {
  readonly file: JournalFile;
  readonly reader: FrameReader;
  readonly size: number;
  readonly history: History;
  readonly shapes: ShapeBook;
  /** Why the bytes at the reader's offset are no frame; undefined when the file ends there. */
  readonly why: string | undefined;
}

async function readToEnd(file: JournalFile): Promise<Found> {
  const size = await file.size();
  const reader = new FrameReader(file);
  const shapes = new ShapeBook();
  let history: History | undefined;
  for (;;) {
    const step = reader.take(size);
    if (step.kind === "more") {
      await reader.fill(size);
      continue;
    }
    if (step.kind === "frame") {
      history = admitFrame({ file, history, shapes }, step.frame);
      continue;
    }
    const why = step.kind === "invalid" ? step.why : undefined;
    // A file got its name with its first frame in it: see createJournalFile.
    if (history === undefined) throw damagedFirstFrame(file, why);
    return { file, reader, size, history, shapes, why };
  }
}

function admitFrame(
  into: { file: JournalFile; history: History | undefined; shapes: ShapeBook },
  frame: Frame,
): History {
  const { start, records } = decodeFrame(into.file, frame);
  return judged(into.file, frame, () => {
    const history =
      into.history ?? (start === undefined ? undefined : new History(start));
    if (history === undefined) throw new RangeError("a file without a start");
    for (const record of records) {
      history.admit(record);
      if (record.kind === "shape") into.shapes.addWritten(record.shape);
      if (record.kind === "part") into.shapes.addRead(record);
    }
    return history;
  });
}

function damagedFirstFrame(file: JournalFile, why: string | undefined) {
  return journalDamaged(
    { path: file.path, offset: 64 },
    why ?? "the file has no first frame",
  );
}

async function refuseDamage({ file, reader, size, why }: Found): Promise<void> {
  const later = await findLaterFrame(file, {
    offset: reader.offset,
    number: reader.number,
    end: size,
  });
  if (later === undefined) return;
  throw journalDamaged(
    { path: file.path, offset: reader.offset },
    `${why ?? "not a frame"}, and a whole frame follows at byte ${later}`,
  );
}
