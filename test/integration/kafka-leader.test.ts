import { expect, it } from "vitest";
import { KafkaJournal } from "../../src/journal/kafka/kafka-journal.ts";
import { describeKafka } from "../support/describe-kafka.ts";
import { kafkaAdmin } from "../support/kafka-client.ts";
import {
  partFacts,
  readParts,
  transaction,
} from "../support/journal-samples.ts";
import { captureAll } from "../support/persistent-capture.ts";
import { waitUntil } from "../support/wait-until.ts";

const PATIENT = { timeout: 240_000 };
const COUNT = 90;

describeKafka(
  "three brokers",
  (kafka) => {
    it(
      "whose leader dies, one after the other, lose nothing and double nothing",
      PATIENT,
      async () => {
        const topicPrefix = kafka.newPrefix();
        const topic = `${topicPrefix}orders`;
        const { brokers, nodes } = kafka.server;
        await using journal = new KafkaJournal({
          ...{ brokers, topicPrefix, requestTimeoutMs: 3000 },
        });
        const look = async () => {
          await using admin = await kafkaAdmin(brokers);
          const { topics } = await admin.client.fetchTopicMetadata({
            topics: [topic],
          });
          return topics[0]?.partitions[0];
        };
        // It may ask the broker that is dead, and is asked again.
        const partition = () => look().catch(() => undefined);
        const leaders = new Set<number>();
        const sent = Array.from({ length: COUNT }, (_, i) =>
          transaction(i + 1, { parts: 2, attempt: i + 1 }),
        );
        await captureAll(journal, sent, async (written) => {
          if (written % 30 !== 20) return;
          const leader = (await partition())?.leader ?? 0;
          leaders.add(leader);
          const node = nodes.find(({ id }) => id === leader);
          await node?.kill();
          await waitUntil("another broker leads", async () => {
            const now = (await partition())?.leader ?? -1;
            return now >= 0 && now !== leader;
          });
          await node?.start();
          await waitUntil(
            "all three have all of it",
            async () => (await partition())?.isr.length === 3,
            90_000,
          );
        });
        expect(leaders.size).toBeGreaterThan(1);
        expect(partFacts(await readParts(journal, 0, COUNT))).toEqual(
          partFacts(sent.flat()),
        );
      },
    );
  },
  { nodes: 3 },
);
