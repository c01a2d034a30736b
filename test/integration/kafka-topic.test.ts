import kafkajs from "kafkajs";
import { expect, it } from "vitest";
import { KafkaJournal } from "../../src/journal/kafka/kafka-journal.ts";
import { describeKafka } from "../support/describe-kafka.ts";
import { bareKafka, kafkaAdmin } from "../support/kafka-client.ts";
import {
  begunWriter,
  orders,
  partFacts,
  readBatches,
  readParts,
  shapeRecord,
  startAt,
  transaction,
  transactions,
} from "../support/journal-samples.ts";
import { never } from "../support/never.ts";

const MIB = 1024 * 1024;

describeKafka("the topic of a journal", (kafka) => {
  const options = (topicPrefix: string) => ({
    brokers: kafka.server.brokers,
    ...{ topicPrefix, replicationFactor: 1 },
  });

  async function settingsOf(topic: string): Promise<Map<string, string>> {
    await using admin = await kafkaAdmin(kafka.server.brokers);
    const { resources } = await admin.client.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
    });
    const entries = resources[0]?.configEntries ?? [];
    return new Map(
      entries.map(({ configName, configValue }) => [configName, configValue]),
    );
  }

  it("is made with settings under which nothing vanishes", async () => {
    const topicPrefix = kafka.newPrefix();
    await using journal = new KafkaJournal(options(topicPrefix));
    await journal.openWriter(orders, never);
    const settings = await settingsOf(`${topicPrefix}orders`);
    expect(Object.fromEntries(settings)).toMatchObject({
      "cleanup.policy": "delete",
      "retention.ms": "-1",
      "retention.bytes": "-1",
      "message.timestamp.type": "CreateTime",
      "max.message.bytes": `${2 * MIB}`,
      "unclean.leader.election.enable": "false",
      "min.insync.replicas": "1",
    });
  });

  it.each([
    ["cleanup.policy", "compact"],
    ["retention.ms", "604800000"],
    ["retention.bytes", "1000000000"],
    ["message.timestamp.type", "LogAppendTime"],
    ["unclean.leader.election.enable", "true"],
    ["max.message.bytes", "1000"],
  ])(
    "is refused with %s=%s, with the command that mends it",
    async (name, value) => {
      const topicPrefix = kafka.newPrefix();
      const topic = `${topicPrefix}orders`;
      {
        await using journal = new KafkaJournal(options(topicPrefix));
        await journal.openWriter(orders, never);
      }
      const alter = async (
        configEntries: { name: string; value: string }[],
      ) => {
        await using admin = await kafkaAdmin(kafka.server.brokers);
        const type = kafkajs.ConfigResourceTypes.TOPIC;
        await admin.client.alterConfigs({
          validateOnly: false,
          resources: [{ type, name: topic, configEntries }],
        });
      };
      const right = [
        ...["retention.ms", "retention.bytes"].map((each) => ({
          name: each,
          value: "-1",
        })),
        { name: "max.message.bytes", value: `${2 * MIB}` },
      ].filter((each) => each.name !== name);
      await alter([...right, { name, value }]);
      await using journal = new KafkaJournal(options(topicPrefix));
      const opening = journal.openWriter(orders, never);
      await expect(opening).rejects.toMatchObject({
        code: "PREFLIGHT",
        message: expect.stringContaining(`${name} is ${value}`) as string,
        hint: expect.stringMatching(
          new RegExp(
            `^kafka-configs.sh .*--entity-name ${topic} --add-config ${name}=`,
          ),
        ) as string,
      });
    },
  );

  it("is refused with several partitions, and with fewer copies than are wanted", async () => {
    const topicPrefix = kafka.newPrefix();
    const topic = `${topicPrefix}orders`;
    await using admin = await kafkaAdmin(kafka.server.brokers);
    await admin.client.createTopics({ topics: [{ topic, numPartitions: 3 }] });
    await using journal = new KafkaJournal(options(topicPrefix));
    await expect(journal.openWriter(orders, never)).rejects.toMatchObject({
      code: "PREFLIGHT",
      message: expect.stringContaining("3 partitions") as string,
    });
    await using replicated = new KafkaJournal({
      ...options(topicPrefix),
      replicationFactor: 3,
    });
    await expect(replicated.openWriter(orders, never)).rejects.toMatchObject({
      code: "PREFLIGHT",
      message: expect.stringContaining("1 copies") as string,
    });
    await using elsewhere = new KafkaJournal({
      ...options(kafka.newPrefix()),
      replicationFactor: 3,
    });
    await expect(elsewhere.openWriter(orders, never)).rejects.toMatchObject({
      code: "PREFLIGHT",
      hint: expect.stringContaining("replicationFactor: 1") as string,
    });
  });

  it("takes rows larger than a message, in pieces that only count together", async () => {
    const topicPrefix = kafka.newPrefix();
    await using journal = new KafkaJournal(options(topicPrefix));
    await using writer = await begunWriter(journal);
    const large = transaction(1, { parts: 2, valueBytes: 9 * MIB });
    await writer.append([...large, ...transaction(2)], never);
    expect(partFacts(await readParts(journal, 0, 2))).toEqual(
      partFacts([...large, ...transaction(2)]),
    );
    await using small = new KafkaJournal({
      ...options(topicPrefix),
      maxRecordBytes: MIB,
    });
    await using again = await small.openWriter(orders, never);
    expect(again.head).toMatchObject(startAt(2));
    const over = transaction(3, { valueBytes: 2 * MIB });
    await expect(
      again.append([shapeRecord, ...over], never),
    ).rejects.toMatchObject({ code: "ROW_TOO_LARGE" });
    await again.append(transaction(3), never);
  });

  it("that is deleted stops a process whose records were confirmed", async () => {
    const topicPrefix = kafka.newPrefix();
    const topic = `${topicPrefix}orders`;
    await using journal = new KafkaJournal(options(topicPrefix));
    {
      await using writer = await begunWriter(journal);
      await writer.append(transactions(1, 9), never);
    }
    await using admin = await kafkaAdmin(kafka.server.brokers);
    await admin.client.deleteTopics({ topics: [topic] });
    await expect(journal.openWriter(orders, never)).rejects.toMatchObject({
      code: "JOURNAL_LOST",
    });
    // Somebody who does not know that it was there begins it anew, and grows it beyond.
    await using other = new KafkaJournal(options(topicPrefix));
    await using begun = await begunWriter(other);
    for (let seq = 1; seq <= 20; seq++)
      await begun.append(transaction(seq, { attempt: 5 }), never);
    await expect(journal.openWriter(orders, never)).rejects.toMatchObject({
      code: "JOURNAL_LOST",
    });
  });

  it("that is trimmed below a reader's place is a gap to it", async () => {
    const topicPrefix = kafka.newPrefix();
    await using journal = new KafkaJournal({
      ...options(topicPrefix),
      rollBytes: 1,
    });
    await using writer = await begunWriter(journal);
    for (let seq = 1; seq <= 40; seq++)
      await writer.append(transaction(seq, { valueBytes: MIB }), never);
    const reading = journal.read(orders, 0, never)[Symbol.asyncIterator]();
    expect((await reading.next()).done).toBe(false);
    await journal.trim(orders, 39, never);
    const rest = async () => {
      for (;;) await reading.next();
    };
    await expect(rest()).rejects.toMatchObject({ code: "JOURNAL_GAP" });
    await expect(readParts(journal, 5, 40)).rejects.toMatchObject({
      code: "JOURNAL_GAP",
    });
    expect((await readBatches(journal, 39, 40)).flat().length).toBeGreaterThan(
      0,
    );
  });

  it("may hold what others wrote: it does not count", async () => {
    const topicPrefix = kafka.newPrefix();
    const topic = `${topicPrefix}orders`;
    await using journal = new KafkaJournal(options(topicPrefix));
    {
      await using writer = await begunWriter(journal);
      await writer.append(transactions(1, 2), never);
    }
    const producer = bareKafka(kafka.server.brokers).producer();
    await producer.connect();
    await producer.send({
      topic,
      messages: [{ value: "stray" }, { key: "k", value: null }],
    });
    await producer.disconnect();
    await using writer = await journal.openWriter(orders, never);
    expect(writer.head).toMatchObject(startAt(2));
    await writer.append([shapeRecord, ...transaction(3)], never);
    expect(partFacts(await readParts(journal, 0, 3))).toEqual(
      partFacts(transactions(1, 3)),
    );
  });

  it("whose brokers are away is JOURNAL_UNREACHABLE", async () => {
    await using journal = new KafkaJournal({
      ...{ brokers: ["127.0.0.1:1"], connectionTimeoutMs: 200 },
      replicationFactor: 1,
    });
    await expect(journal.openWriter(orders, never)).rejects.toMatchObject({
      code: "JOURNAL_UNREACHABLE",
      message: expect.stringContaining("127.0.0.1:1") as string,
    });
  });
});
