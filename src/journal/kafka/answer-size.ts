import type { FetchedRecord } from "./partition-reader.ts";

const KIB = 1024;
const LEAST_BYTES = 16 * KIB;
const FIRST_BYTES = 64 * KIB;
const MOST_BYTES = 1024 * KIB;
/** What the records of one answer should not take. */
const MEMORY_BYTES = 4096 * KIB;

/**
 * How much to ask for. What a broker counts is compressed, and an answer is in memory whole, so it is asked for as much as
 * takes a bounded memory at the ratio that the answers before had.
 */
export class AnswerSize {
  maxBytes = FIRST_BYTES;

  adapt(records: readonly FetchedRecord[]): void {
    let bytes = 0;
    for (const { value } of records) bytes += value.length;
    if (bytes > MEMORY_BYTES) {
      const fitting = (this.maxBytes * MEMORY_BYTES) / bytes;
      this.maxBytes = Math.max(LEAST_BYTES, Math.floor(fitting));
    } else if (bytes > 0 && bytes < MEMORY_BYTES / 2) {
      this.maxBytes = Math.min(MOST_BYTES, 2 * this.maxBytes);
    }
  }
}
