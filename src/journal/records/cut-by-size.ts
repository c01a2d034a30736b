import { TidemarkError } from "../../core/errors.ts";
import type { JournalRecord } from "../../core/journal-record.ts";

export interface Sizes {
  /** What a run should not have more of; a single part that does is a run of its own. */
  readonly runBytes: number;
  /** What no part may have more of. */
  readonly maxRecordBytes: number;
}

/**
 * Runs of records that are written at once each: nearly always one run, the records themselves. Only parts count, the rest is
 * small. Throws ROW_TOO_LARGE before anything is written.
 */
export function cutBySize(
  records: readonly JournalRecord[],
  { runBytes, maxRecordBytes }: Sizes,
): (readonly JournalRecord[])[] {
  const runs: (readonly JournalRecord[])[] = [];
  let from = 0;
  let bytes = 0;
  for (let index = 0; index < records.length; index++) {
    const record = records[index] as JournalRecord;
    if (record.kind !== "part") continue;
    const size = record.bytes.length;
    if (size > maxRecordBytes)
      throw tooLarge(record.header.seq, size, maxRecordBytes);
    if (bytes + size > runBytes && index > from) {
      runs.push(records.slice(from, index));
      from = index;
      bytes = 0;
    }
    bytes += size;
  }
  runs.push(from === 0 ? records : records.slice(from));
  return runs;
}

function tooLarge(seq: number, size: number, maxBytes: number): TidemarkError {
  return new TidemarkError(
    "ROW_TOO_LARGE",
    `a part of transaction ${seq} has ${size} bytes, the journal takes ${maxBytes}`,
    { hint: "raise `maxRow`", details: { seq, size, maxBytes } },
  );
}
