import { findExtent, startsBackwards, type TopicExtent } from "./find-start.ts";
import { followTopic } from "./follow-topic.ts";
import { kafkaFailpoint } from "./journal-failpoints.ts";
import { openAdmin } from "./kafka-client.ts";
import { kafkaError } from "./kafka-errors.ts";
import type { KafkaPlace } from "./kafka-place.ts";
import type { PartitionReader } from "./partition-reader.ts";
import { TopicHistory } from "./topic-history.ts";

export interface Trim {
  readonly topic: string;
  /** Records of transactions up to this one may go. */
  readonly through: number;
  /** The newest whole transaction, where it is known: it stays. */
  readonly head: number | undefined;
}

/**
 * Deletes the runs before the newest one of which all that stands before it may go. Its start says where it stands, so nothing
 * before it is needed.
 */
export async function trimTopic(
  at: { readonly place: KafkaPlace; readonly reader: PartitionReader },
  trim: Trim,
  signal: AbortSignal,
): Promise<void> {
  const extent = await findExtent(at.reader, signal);
  if (extent.newestStart === undefined) return;
  const head = trim.head ?? (await findHead(at.reader, extent, signal));
  const through = Math.min(trim.through, head - 1);
  for await (const start of startsBackwards(at.reader, extent, signal)) {
    if (start.firstSeq - 1 > through) continue;
    if (start.offset > extent.low)
      await deleteBefore(at.place, { ...trim, offset: start.offset }, signal);
    return;
  }
}

async function findHead(
  reader: PartitionReader,
  { newestStart, high }: TopicExtent,
  signal: AbortSignal,
): Promise<number> {
  const history = new TopicHistory(reader.where);
  const from = newestStart ?? high;
  for await (const item of followTopic(
    reader,
    { from, high, history },
    signal,
  )) {
    if (item.kind === "caught-up") break;
  }
  return history.now?.head.seq ?? 0;
}

export async function deleteBefore(
  place: KafkaPlace,
  { topic, offset }: { readonly topic: string; readonly offset: number },
  signal: AbortSignal,
): Promise<void> {
  await using admin = await openAdmin(place, signal);
  try {
    // kafkajs looks for the leader in what it knows, and asks nobody; this makes it ask.
    await admin.client.fetchTopicOffsets(topic);
    await admin.client.deleteTopicRecords({
      topic,
      partitions: [{ partition: 0, offset: String(offset) }],
    });
  } catch (error) {
    throw kafkaError(place, error, topic);
  }
  kafkaFailpoint("kafka.trimmed");
}
