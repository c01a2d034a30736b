import type { KafkaPlace } from "./kafka-place.ts";
import { PartitionReader } from "./partition-reader.ts";
import { decodeHead } from "./record-head.ts";

/**
 * Who claimed the topic between two offsets, if somebody did who came after `epoch`, whether that claim counts or not: whoever comes
 * last has the journal. A claim that was sent before that one and arrived late is none.
 */
export async function findIntruder(
  at: { readonly place: KafkaPlace; readonly topic: string },
  range: { readonly from: number; readonly to: number; readonly epoch: number },
  signal: AbortSignal,
): Promise<string | undefined> {
  await using reader = await PartitionReader.open(at.place, at.topic, signal);
  const bounds = { maxBytes: 1024 * 1024, waitMs: 0 };
  for (let next = range.from; next < range.to;) {
    const { records } = await reader.fetch(next, bounds, signal);
    if (records.length === 0) return undefined;
    for (const { offset, header, value } of records) {
      next = offset + 1;
      if (offset >= range.to || header === undefined) continue;
      const head = decodeHead(header, value);
      if (head.kind === "claim" && head.at > range.epoch)
        return value.toString("utf8");
    }
  }
  return undefined;
}
