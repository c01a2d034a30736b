import { never } from "./never.ts";
import { kafkaPlace } from "../../src/journal/kafka/kafka-journal.ts";
import {
  PartitionReader,
  type FetchedRecord,
} from "../../src/journal/kafka/partition-reader.ts";

/** Every record of a topic's one partition. */
export async function readRecords(
  brokers: readonly string[],
  topic: string,
): Promise<FetchedRecord[]> {
  const place = kafkaPlace({ brokers });
  await using reader = await PartitionReader.open(place, topic, never);
  const { low, high } = await reader.offsets(never);
  const all: FetchedRecord[] = [];
  for (let next = low; next < high; next = (all.at(-1)?.offset ?? low) + 1) {
    const bounds = { maxBytes: 1024 * 1024, waitMs: 0 };
    const { records } = await reader.fetch(next, bounds, never);
    all.push(...records);
  }
  return all;
}
