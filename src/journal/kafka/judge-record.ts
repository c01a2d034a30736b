import type { FetchedRecord } from "./partition-reader.ts";
import { decodeHead, type RecordHead } from "./record-head.ts";

/** A record that stands where its writer meant it to. */
export interface Judged {
  readonly head: RecordHead;
  readonly value: Buffer;
}

/**
 * Undefined for what does not count: somebody else's record, and ours at another place than it says. Throws RangeError when the
 * bytes are not what was written.
 */
export function judgeRecord(record: FetchedRecord): Judged | undefined {
  const { offset, header, value } = record;
  if (header === undefined) return undefined;
  const head = decodeHead(header, value);
  return head.at === offset ? { head, value } : undefined;
}
