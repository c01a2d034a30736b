import type { JournalHead, JournalStart } from "../journal.ts";
import { findExtent, startsBackwards } from "./find-start.ts";
import { followTopic } from "./follow-topic.ts";
import type { PartitionReader } from "./partition-reader.ts";
import { TopicHistory } from "./topic-history.ts";

/** Transaction `seq`, or where the topic's oldest run starts when that is `seq`. */
export async function findInTopic(
  reader: PartitionReader,
  seq: number,
  signal: AbortSignal,
): Promise<JournalStart | undefined> {
  const extent = await findExtent(reader, signal);
  let from: number | undefined;
  for await (const start of startsBackwards(reader, extent, signal)) {
    // A transaction that two runs share is counted to the first of them: its end is looked for from there on.
    from = start.offset;
    if (start.firstSeq <= seq) break;
  }
  if (from === undefined) return undefined;
  const { high } = extent;
  const history = new TopicHistory(reader.where);
  for await (const item of followTopic(
    reader,
    { from, high, history },
    signal,
  )) {
    switch (item.kind) {
      case "claim":
        continue;
      case "caught-up":
        return undefined;
      case "start": {
        const { head } = item.start;
        if (head.seq >= seq)
          return head.seq === seq ? startOf(head) : undefined;
        continue;
      }
      case "records":
        for (const record of item.records) {
          if (record.kind !== "part" || record.header.seq !== seq) continue;
          const { commit } = record.header;
          if (commit === undefined) continue;
          const { position, committedAt, rollingHash } = commit;
          return { seq, position, committedAt, rollingHash };
        }
        continue;
      default:
        item satisfies never;
    }
  }
  return undefined;
}

function startOf(head: JournalHead): JournalStart {
  const { seq, position, committedAt, rollingHash } = head;
  return { seq, position, committedAt, rollingHash };
}
