import { expect, it } from "vitest";
import { KafkaJournal } from "../../src/journal/kafka/kafka-journal.ts";
import { runChild } from "../support/child-process.ts";
import { describeKafka } from "../support/describe-kafka.ts";
import { begunWriter, transaction } from "../support/journal-samples.ts";
import { never } from "../support/never.ts";

const MIB = 1024 * 1024;
const PARTS = 320;

describeKafka("a reader of Kafka", (kafka) => {
  it("reads a transaction in far less memory than it has bytes, however well it is compressed", async () => {
    const topicPrefix = kafka.newPrefix();
    const { brokers } = kafka.server;
    {
      await using journal = new KafkaJournal({
        ...{ brokers, topicPrefix, replicationFactor: 1 },
      });
      await using writer = await begunWriter(journal);
      const parts = transaction(1, { parts: PARTS, valueBytes: MIB });
      for (let at = 0; at < parts.length; at += 4)
        await writer.append(parts.slice(at, at + 4), never);
    }
    const { lines } = await runChild(
      "kafka-reader-child.ts",
      ...[brokers[0] ?? "", topicPrefix],
    );
    const { bytes, grownBytes } = JSON.parse(lines[0] ?? "") as {
      bytes: number;
      grownBytes: number;
    };
    expect(bytes).toBeGreaterThan(PARTS * MIB);
    expect(grownBytes).toBeLessThan(160 * MIB);
  });
});
