import { expect, it } from "vitest";
import type { Journal } from "../../src/journal/journal.ts";
import {
  KAFKA_JOURNAL_FAILPOINTS,
  type KafkaJournalFailpoint,
} from "../../src/journal/kafka/journal-failpoints.ts";
import { KafkaJournal } from "../../src/journal/kafka/kafka-journal.ts";
import { runChild } from "../support/child-process.ts";
import { describeKafka } from "../support/describe-kafka.ts";
import {
  begunWriter,
  orders,
  partFacts,
  readParts,
  shapeRecord,
  startAt,
  transaction,
  transactions,
} from "../support/journal-samples.ts";
import { never } from "../support/never.ts";

/** What the journal holds before the child opens it, where there is one. */
const BEFORE = 3;
const LARGE = BEFORE + 7;

/** As the child wrote it. */
function expected(seq: number) {
  if (seq <= BEFORE) return transaction(seq);
  if (seq === LARGE) return transaction(seq, { valueBytes: 3 * 1024 * 1024 });
  return transaction(seq, { parts: seq > 100 ? 2 : 3 });
}

async function checkWhole(journal: Journal, head: number): Promise<void> {
  let from = head;
  while (from > 0 && (await journal.find(orders, from - 1, never))) from--;
  // A run may begin within a transaction, of which the rest was trimmed.
  const first = from + 1 < head ? from + 1 : from;
  if (first === head) return;
  const all = [];
  for (let seq = first + 1; seq <= head; seq++) all.push(...expected(seq));
  expect(partFacts(await readParts(journal, first, head))).toEqual(
    partFacts(all),
  );
}

describeKafka("a journal in Kafka whose process dies", (kafka) => {
  const options = (topicPrefix: string) => ({
    brokers: kafka.server.brokers,
    ...{ topicPrefix, replicationFactor: 1 },
  });

  async function runToDeath(
    topicPrefix: string,
    failpoint: KafkaJournalFailpoint,
    times: number,
  ) {
    const { signal, lines } = await runChild(
      "kafka-crash-child.ts",
      ...[kafka.server.brokers[0] ?? "", topicPrefix, failpoint, `${times}`],
    );
    const heads = lines.filter((line) => line.startsWith("head "));
    const last = heads.at(-1)?.slice(5);
    return {
      signal,
      acknowledged: last === undefined ? undefined : Number(last),
      beginning: lines.at(-1) === "beginning",
    };
  }

  const cases = KAFKA_JOURNAL_FAILPOINTS.filter(
    (name) => name !== "kafka.topic-made",
  ).flatMap((failpoint) => [1, 2, 9].map((times) => ({ failpoint, times })));

  it.each(cases)(
    "at $failpoint, time $times, has lost nothing that it was told is durable",
    async ({ failpoint, times }) => {
      const topicPrefix = kafka.newPrefix();
      {
        await using before = new KafkaJournal(options(topicPrefix));
        await using writer = await begunWriter(before);
        await writer.append(transactions(1, BEFORE), never);
      }
      const death = await runToDeath(topicPrefix, failpoint, times);
      // Some places are come to only once or twice.
      if (times === 1) expect(death.signal).toBe("SIGKILL");
      const acknowledged = death.acknowledged ?? BEFORE;
      await using journal = new KafkaJournal(options(topicPrefix));
      await using writer = await journal.openWriter(orders, never);
      const head = writer.head?.seq ?? -1;
      const possible = [acknowledged, acknowledged + 1];
      expect(death.beginning ? [acknowledged, 100] : possible).toContain(head);
      expect(writer.head).toMatchObject(startAt(head));
      await checkWhole(journal, head);
      if (head >= 100)
        expect(await journal.find(orders, BEFORE, never)).toBeUndefined();
      const more = transactions(head + 1, head + 2);
      await writer.append([shapeRecord, ...more], never);
      await using other = new KafkaJournal(options(topicPrefix));
      const read = await readParts(other, head, head + 2);
      expect(partFacts(read)).toEqual(partFacts(more));
    },
  );

  it.each(["kafka.topic-made", "kafka.claimed", "kafka.begin-sent"] as const)(
    "at %s of its first start begins again",
    async (failpoint) => {
      const topicPrefix = kafka.newPrefix();
      const { signal } = await runToDeath(topicPrefix, failpoint, 1);
      expect(signal).toBe("SIGKILL");
      await using journal = new KafkaJournal(options(topicPrefix));
      await using writer = await journal.openWriter(orders, never);
      expect(writer.head?.seq).toBe(
        failpoint === "kafka.begin-sent" ? 0 : undefined,
      );
      await writer.begin(startAt(7), never);
      await writer.append([shapeRecord, ...transaction(8)], never);
      expect(partFacts(await readParts(journal, 7, 8))).toEqual(
        partFacts(transaction(8)),
      );
    },
  );
});
