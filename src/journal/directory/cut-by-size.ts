import { TidemarkError } from "../../core/errors.ts";
import type { JournalRecord } from "../../core/journal-record.ts";

/**
 * Runs of records that fit a frame each: nearly always one run, the records themselves. Only parts count, the rest is
 * small. Throws ROW_TOO_LARGE before anything is written.
 */
export function cutBySize(
  records: readonly JournalRecord[],
  maxBytes: number,
): (readonly JournalRecord[])[] {
  const runs: (readonly JournalRecord[])[] = [];
  let from = 0;
  let bytes = 0;
  for (let index = 0; index < records.length; index++) {
    const record = records[index] as JournalRecord;
    if (record.kind !== "part") continue;
    const size = record.bytes.length;
    if (size > maxBytes) throw tooLarge(record.header.seq, size, maxBytes);
    if (bytes + size > maxBytes) {
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
