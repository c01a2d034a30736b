import type { JournalRecord } from "../../core/journal-record.ts";
import { decodeJournalRecord } from "../../format/journal-record.ts";
import { decodeFileStart } from "./file-start.ts";
import { splitItems } from "./frame.ts";
import type { Frame } from "./frame-reader.ts";
import type { FileStart } from "./history.ts";
import { journalDamaged } from "./journal-errors.ts";
import type { JournalFile } from "./journal-file.ts";

export interface FrameContent {
  /** In a file's first frame only. */
  readonly start: FileStart | undefined;
  readonly records: readonly JournalRecord[];
}

/** The records of a valid frame; their bytes are views. Throws JOURNAL_DAMAGED on what no writer of ours has written. */
export function decodeFrame(file: JournalFile, frame: Frame): FrameContent {
  return judged(file, frame, () => {
    const items = splitItems(frame.body);
    if (frame.number !== file.number)
      return { start: undefined, records: items.map(decodeJournalRecord) };
    const [first, ...shapes] = items;
    if (first === undefined) throw new RangeError("a file without a start");
    return {
      start: decodeFileStart(first),
      records: shapes.map(decodeJournalRecord),
    };
  });
}

/** Runs a check of a frame's content; what it throws is damage in that frame. */
export function judged<T>(file: JournalFile, frame: Frame, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const place = { path: file.path, offset: frame.bodyOffset };
    throw journalDamaged(place, `frame ${frame.number}: ${why}`, error);
  }
}
