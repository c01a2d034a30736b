import type { JournalRecord } from "../../core/journal-record.ts";
import { AvroReader } from "../../format/avro-reader.ts";
import { readJournalRecord } from "../../format/journal-record.ts";
import { decodeHistoryStart } from "../records/history-start.ts";
import { forEachItem } from "./frame.ts";
import type { Frame } from "./frame-reader.ts";
import type { HistoryStart } from "../records/history.ts";
import { journalDamaged } from "./journal-errors.ts";
import type { JournalFile } from "./journal-file.ts";

export interface FrameContent {
  /** In a file's first frame only. */
  readonly start: HistoryStart | undefined;
  readonly records: readonly JournalRecord[];
}

/** The records of a valid frame; their bytes are views. Throws JOURNAL_DAMAGED on what no writer of ours has written. */
export function decodeFrame(file: JournalFile, frame: Frame): FrameContent {
  return judged(file, frame, () => {
    const { body } = frame;
    const isFirst = frame.number === file.number;
    const reader = new AvroReader(body);
    const records: JournalRecord[] = [];
    let start: HistoryStart | undefined;
    forEachItem(body, (from, to) => {
      if (isFirst && start === undefined) {
        start = decodeHistoryStart(body.subarray(from, to));
        return;
      }
      reader.offset = from;
      records.push(readJournalRecord(reader));
      if (reader.offset !== to)
        throw new RangeError("a record is not as long as its item");
    });
    if (isFirst && start === undefined)
      throw new RangeError("a file without a start");
    return { start, records };
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
