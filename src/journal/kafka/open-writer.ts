import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { ShapeBook } from "../records/shape-book.ts";
import { findExtent } from "./find-start.ts";
import { followTopic } from "./follow-topic.ts";
import { judgeRecord } from "./judge-record.ts";
import { kafkaFailpoint } from "./journal-failpoints.ts";
import { openProducer } from "./kafka-client.ts";
import { journalLost, journalUnsure } from "./kafka-errors.ts";
import { KafkaJournalWriter, type WriterEnd } from "./kafka-journal-writer.ts";
import { PartitionReader } from "./partition-reader.ts";
import { prepareTopic } from "./prepare-topic.ts";
import type { RecordHead } from "./record-head.ts";
import { TopicAppender, type AppenderPlace } from "./topic-appender.ts";
import { TopicHistory } from "./topic-history.ts";

export interface WriterSettings extends AppenderPlace {
  readonly rollBytes: number;
  readonly maxRecordBytes: number;
}

/** As often as others write in between; whoever writes gives up at the first claim after its own. */
const CLAIM_TRIES = 10;

/**
 * Claims the topic, then reads what is durable: from the claim on nothing counts that an older writer still sends. A crash
 * after the claim leaves a record that says nothing. Throws PREFLIGHT, JOURNAL_LOST, JOURNAL_DAMAGED.
 */
export async function openKafkaWriter(
  settings: WriterSettings,
  signal: AbortSignal,
): Promise<KafkaJournalWriter> {
  const { place, topic, memory } = settings;
  const { maxMessageBytes } = await prepareTopic(place, topic, signal);
  await using reader = await PartitionReader.open(place, topic, signal);
  await using opening = new AsyncDisposableStack();
  const producer = await openProducer(place, signal);
  const appender = opening.use(new TopicAppender(settings, producer, 0));
  const claimed = await claim(reader, { appender, memory }, signal);
  kafkaFailpoint("kafka.claimed");
  const end = await readTo(reader, claimed, signal);
  const writer = new KafkaJournalWriter(
    { ...settings, appender, maxMessageBytes },
    end,
  );
  opening.move();
  return writer;
}

interface Claimed {
  readonly epoch: number;
  readonly low: number;
  readonly start: number | undefined;
}

async function claim(
  reader: PartitionReader,
  by: Pick<AppenderPlace, "memory"> & { readonly appender: TopicAppender },
  signal: AbortSignal,
): Promise<Claimed> {
  const { appender, memory } = by;
  const value = Buffer.from(
    JSON.stringify({
      writer: randomUUID(),
      host: hostname(),
      process: process.pid,
      at: new Date().toISOString(),
    }),
  );
  for (let left = CLAIM_TRIES; left > 0; left--) {
    const { low, high, newestStart } = await findExtent(reader, signal);
    const head: RecordHead = {
      kind: "claim",
      at: high,
      epoch: high,
      ...(newestStart === undefined ? {} : { start: newestStart }),
      piece: 0,
      pieces: 1,
    };
    const offset = await appender.send(head, value, signal);
    await requireConfirmed(reader, { memory, end: offset, low }, signal);
    if (offset !== high) continue;
    appender.confirm(head);
    return { epoch: offset, low, start: newestStart };
  }
  throw journalUnsure(
    reader.where,
    "others write to it all the time, so that it cannot be claimed",
  );
}

/** What the brokers confirmed to an earlier writer of this process must be there, as it was. */
async function requireConfirmed(
  reader: PartitionReader,
  now: Pick<AppenderPlace, "memory"> & {
    readonly end: number;
    readonly low: number;
  },
  signal: AbortSignal,
): Promise<void> {
  const { confirmed } = now.memory;
  if (confirmed === undefined || confirmed.offset < now.low) return;
  const { where } = reader;
  const { offset, epoch } = confirmed;
  if (offset >= now.end)
    throw journalLost(
      where,
      `its end is offset ${now.end}, and records up to ${offset} were confirmed`,
    );
  const bounds = { maxBytes: 1, waitMs: 0 };
  const { records } = await reader.fetch(offset, bounds, signal);
  const found = records[0] && judgeRecord(records[0]);
  if (found?.head.epoch !== epoch)
    throw journalLost(
      where,
      `another record stands at offset ${offset}, where one was confirmed`,
    );
}

/** What counts up to the claim. */
async function readTo(
  reader: PartitionReader,
  { epoch, low, start }: Claimed,
  signal: AbortSignal,
): Promise<WriterEnd> {
  const history = new TopicHistory(reader.where, true);
  let shapes = new ShapeBook();
  let run: WriterEnd["run"];
  const from = start ?? low;
  for await (const item of followTopic(
    reader,
    { from, high: epoch + 1, history },
    signal,
  )) {
    if (item.kind === "claim" && item.offset === epoch) break;
    if (item.kind === "start") {
      const { at, history: began } = item.frame.head;
      run = { start: at, history: began ?? at, bytes: 0 };
      // As it was when that run was begun: what stands before it was used by other runs.
      shapes = new ShapeBook();
      for (const { shape } of item.shapes) shapes.addWritten(shape);
    }
    if (item.kind === "records") {
      if (run !== undefined) run.bytes += item.frame.body.length;
      for (const record of item.records) {
        if (record.kind === "shape") shapes.addWritten(record.shape);
        if (record.kind === "part") shapes.addRead(record);
      }
    }
  }
  return { epoch, history: history.now, shapes, run };
}
