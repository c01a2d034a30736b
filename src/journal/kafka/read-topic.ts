import type { JournalRecord } from "../../core/journal-record.ts";
import { BatchBuilder } from "../records/batch-builder.ts";
import {
  findExtent,
  startsBackwards,
  type StartPlace,
  type TopicExtent,
} from "./find-start.ts";
import { followTopic } from "./follow-topic.ts";
import { journalDamaged, journalGap } from "./kafka-errors.ts";
import type { PartitionReader } from "./partition-reader.ts";
import { PendingParts } from "./pending-parts.ts";
import { TopicHistory } from "./topic-history.ts";

type Batch = readonly JournalRecord[];

const WAIT_MS = 500;

/** The records after transaction `after`: see Journal.read. */
export async function* readTopic(
  reader: PartitionReader,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const { where } = reader;
  const place = await placeFor(reader, after, signal);
  const history = new TopicHistory(where);
  const pending = new PendingParts(reader);
  let offset = place.from;
  const batch = new BatchBuilder((why) =>
    journalDamaged({ where, offset }, why),
  );
  let seq = 0;
  for await (const item of followTopic(reader, { ...place, history }, signal)) {
    switch (item.kind) {
      case "claim":
        continue;
      case "start":
        seq = item.start.head.seq;
        for (const { shape } of item.shapes) batch.learn(shape);
        continue;
      case "caught-up":
        if (seq < after) {
          throw journalGap(
            where,
            `the journal ends at transaction ${seq}, before ${after}`,
          );
        }
        if (!batch.isEmpty) yield batch.take();
        continue;
      case "records":
        break;
      default:
        item satisfies never;
    }
    offset = item.frame.head.at;
    for (const record of item.records) {
      if (record.kind === "shape") {
        batch.learn(record.shape);
      } else if (record.kind === "progress") {
        if (seq >= after) batch.add(record);
      } else {
        const { commit } = record.header;
        if (commit !== undefined) seq = record.header.seq;
        if (record.header.seq <= after) continue;
        pending.add(record, item.frame);
        if (commit === undefined) continue;
        if (pending.hasEarlier) {
          for await (const part of pending.readEarlier(signal)) {
            batch.add(part);
            if (batch.isFull) yield batch.take();
          }
        }
        for (const part of pending.take()) {
          batch.add(part);
          if (batch.isFull) yield batch.take();
        }
      }
      if (batch.isFull) yield batch.take();
    }
    pending.endFrame();
  }
}

/**
 * The run where transaction `after` ends, so that progress between it and the next one is seen; when that is trimmed, the
 * one that has all of the next transaction. Waits while the journal was never begun.
 */
async function placeFor(
  reader: PartitionReader,
  after: number,
  signal: AbortSignal,
): Promise<{ readonly from: number; readonly high: number }> {
  for (;;) {
    const extent = await findExtent(reader, signal);
    const { high } = extent;
    const oldest = await runFor(reader, { extent, after }, signal);
    if (oldest.found !== undefined) return { from: oldest.found, high };
    if (oldest.firstSeq !== undefined) {
      throw journalGap(
        reader.where,
        `transaction ${after + 1} is not there any more, the first one is ${oldest.firstSeq}`,
      );
    }
    await reader.fetch(high, { maxBytes: 1, waitMs: WAIT_MS }, signal);
  }
}

async function runFor(
  reader: PartitionReader,
  { extent, after }: { readonly extent: TopicExtent; readonly after: number },
  signal: AbortSignal,
): Promise<{
  readonly found: number | undefined;
  readonly firstSeq: number | undefined;
}> {
  let next: StartPlace | undefined;
  let oldest: StartPlace | undefined;
  for await (const start of startsBackwards(reader, extent, signal)) {
    oldest = start;
    if (start.firstSeq <= after) return { found: start.offset, firstSeq: 0 };
    if (start.firstSeq <= after + 1) next ??= start;
  }
  return { found: next?.offset, firstSeq: oldest?.firstSeq };
}
