import { expect, it } from "vitest";
import { KafkaJournal } from "../../src/journal/kafka/kafka-journal.ts";
import { describeKafka } from "../support/describe-kafka.ts";
import { bareKafka, kafkaAdmin } from "../support/kafka-client.ts";
import { startKafkaProxy, type ProduceFault } from "../support/kafka-proxy.ts";
import { readRecords } from "../support/kafka-records.ts";
import {
  begunWriter,
  orders,
  partFacts,
  readParts,
  transaction,
  transactions,
} from "../support/journal-samples.ts";
import { openLine } from "../support/line.ts";
import { never } from "../support/never.ts";
import { captureAll } from "../support/persistent-capture.ts";

/** A broker that was killed comes back after its session's end. */
const PATIENT = { timeout: 240_000 };
/** Quick to give up, so that what waits for an answer that never comes waits for little. */
const HASTY = { requestTimeoutMs: 700, connectionTimeoutMs: 1000 } as const;

describeKafka("faults of Kafka", (kafka) => {
  const journalAt = (
    topicPrefix: string,
    brokers: readonly string[] = kafka.server.brokers,
  ) =>
    new KafkaJournal({
      ...{ brokers, topicPrefix, replicationFactor: 1 },
      ...HASTY,
    });

  async function behindProxy() {
    const [node] = kafka.server.nodes;
    if (node === undefined) throw new Error("no broker");
    return startKafkaProxy(node);
  }

  it("kafkajs alone confirms a record that is never written", async () => {
    await using proxy = await behindProxy();
    const topic = `${kafka.newPrefix()}bare`;
    await using admin = await kafkaAdmin(kafka.server.brokers);
    await admin.client.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    const producer = bareKafka([proxy.address]).producer({
      ...{ idempotent: true, maxInFlightRequests: 1 },
      retry: { retries: 1, initialRetryTime: 50 },
    });
    await producer.connect();
    const send = (value: string) =>
      producer.send({ topic, acks: -1, messages: [{ value }] });
    try {
      await send("first");
      proxy.next("answer-cut", "request-cut");
      await expect(send("written, answer lost")).rejects.toThrow();
      const [answer] = await send("confirmed");
      expect(answer?.errorCode).toBe(0);
    } finally {
      await producer.disconnect();
    }
    const values = (await readRecords(kafka.server.brokers, topic)).map(
      ({ value }) => value.toString(),
    );
    expect(values).toEqual(["first", "written, answer lost"]);
  });

  const cases: readonly (readonly [string, readonly ProduceFault[]])[] = [
    ["an answer cut off, and the next try too", ["answer-cut", "request-cut"]],
    ["an answer that never comes", ["answer-lost"]],
    ["answers that never come", ["answer-lost", "answer-lost", "answer-lost"]],
    ["a request that never arrives", ["request-lost"]],
    ["a request cut off", ["request-cut"]],
    ["a request that arrives twice", ["request-twice"]],
    ["an answer that comes twice", ["answer-twice"]],
    [
      "all of them in turn",
      [
        ...(["answer-cut", "none", "answer-cut", "request-cut"] as const),
        ...(["none", "request-twice", "answer-lost", "none"] as const),
        ...(["request-lost", "none", "answer-twice", "answer-cut"] as const),
      ],
    ],
  ];

  it.each(cases)("nothing is lost or doubled: %s", async (_, faults) => {
    await using proxy = await behindProxy();
    const prefix = kafka.newPrefix();
    await using journal = journalAt(prefix, [proxy.address]);
    const sent = Array.from({ length: 24 }, (_each, i) =>
      transaction(i + 1, { parts: 1 + (i % 3), attempt: i + 1 }),
    );
    await captureAll(journal, sent, (written) => {
      if (written === 5) proxy.next(...faults);
    });
    expect(proxy.happened).toBe(faults.length);
    await using other = journalAt(prefix);
    expect(partFacts(await readParts(other, 0, 24))).toEqual(
      partFacts(sent.flat()),
    );
  });

  it("a broker that takes connections and says nothing is away", async () => {
    const [node] = kafka.server.nodes;
    if (node === undefined) throw new Error("no broker");
    const { port: to, listen } = node.behindProxy;
    await using line = await openLine({ to, listen });
    const prefix = kafka.newPrefix();
    await using journal = journalAt(prefix, [`127.0.0.1:${line.port}`]);
    const away = { code: "JOURNAL_UNREACHABLE" };
    {
      await using writer = await begunWriter(journal);
      await writer.append(transaction(1), never);
      // The connections that stand break, and new ones have no answer.
      await line.cut("refused");
      await line.mend();
      await line.cut("silent");
      await expect(writer.append(transaction(2), never)).rejects.toMatchObject(
        away,
      );
      await line.mend();
    }
    await using writer = await journal.openWriter(orders, never);
    await writer.append(transaction(2), never);
    await using other = journalAt(prefix);
    expect(partFacts(await readParts(other, 0, 2))).toEqual(
      partFacts(transactions(1, 2)),
    );
  });

  it("an answer that comes late is waited for", async () => {
    await using proxy = await behindProxy();
    const prefix = kafka.newPrefix();
    await using journal = journalAt(prefix, [proxy.address]);
    await using writer = await begunWriter(journal);
    const late = Promise.withResolvers<void>();
    proxy.next({ hold: "answer", until: late.promise });
    const produced = proxy.whenProduced();
    const appending = writer.append(transaction(1), never);
    await produced;
    expect(writer.head?.seq).toBe(0);
    late.resolve();
    await appending;
    await writer.append(transaction(2), never);
    await using other = journalAt(prefix);
    expect(partFacts(await readParts(other, 0, 2))).toEqual(
      partFacts(transactions(1, 2)),
    );
  });

  it("what a writer sent before a newer claim and arrives after it is void, and it learns so", async () => {
    await using proxy = await behindProxy();
    const prefix = kafka.newPrefix();
    await using zombies = new KafkaJournal({
      ...{ brokers: [proxy.address], topicPrefix: prefix },
      replicationFactor: 1,
    });
    await using zombie = await begunWriter(zombies);
    await zombie.append(transaction(1), never);
    const late = Promise.withResolvers<void>();
    proxy.next({ hold: "request", until: late.promise });
    const produced = proxy.whenProduced();
    const held = zombie.append(transaction(2, { attempt: 66 }), never);
    const refused = expect(held).rejects.toMatchObject({ code: "FENCED" });
    await produced;
    await using journal = journalAt(prefix);
    await using writer = await journal.openWriter(orders, never);
    await writer.append(transaction(2, { attempt: 77 }), never);
    late.resolve();
    await refused;
    await expect(zombie.append(transaction(2), never)).rejects.toMatchObject({
      code: "FENCED",
    });
    // The void record stands where the newer writer's next one should: that one is sent again by whoever comes next.
    await expect(writer.append(transaction(3), never)).rejects.toMatchObject({
      code: "JOURNAL_FATAL",
    });
    await using again = await journal.openWriter(orders, never);
    expect(again.head?.seq).toBe(2);
    await again.append(transaction(3), never);
    expect(partFacts(await readParts(journal, 0, 3))).toEqual(
      partFacts([
        ...transaction(1),
        ...transaction(2, { attempt: 77 }),
        ...transaction(3),
      ]),
    );
  });

  it("a claim that arrives after a newer one is void", async () => {
    await using proxy = await behindProxy();
    const prefix = kafka.newPrefix();
    await using journal = journalAt(prefix);
    {
      await using begun = await begunWriter(journal);
      await begun.append(transaction(1), never);
    }
    await using zombies = new KafkaJournal({
      ...{ brokers: [proxy.address], topicPrefix: prefix },
      replicationFactor: 1,
    });
    const late = Promise.withResolvers<void>();
    proxy.next({ hold: "request", until: late.promise });
    const produced = proxy.whenProduced();
    const stop = new AbortController();
    const opening = zombies.openWriter(orders, stop.signal);
    const stopped = expect(opening).rejects.toBe("killed");
    await produced;
    stop.abort("killed");
    await stopped;
    await using writer = await journal.openWriter(orders, never);
    await writer.append(transaction(2), never);
    const before = (await readRecords(kafka.server.brokers, `${prefix}orders`))
      .length;
    late.resolve();
    const topic = `${prefix}orders`;
    await expect
      .poll(async () => (await readRecords(kafka.server.brokers, topic)).length)
      .toBe(before + 1);
    // Its own record is void as well, and not because somebody newer had come.
    await expect(writer.append(transaction(3), never)).rejects.toMatchObject({
      code: "JOURNAL_FATAL",
    });
    await using again = await journal.openWriter(orders, never);
    await again.append(transaction(3), never);
    expect(partFacts(await readParts(journal, 0, 3))).toEqual(
      partFacts(transactions(1, 3)),
    );
  });

  it(
    "brokers killed and begun again lose nothing that was confirmed",
    PATIENT,
    async () => {
      const prefix = kafka.newPrefix();
      await using journal = journalAt(prefix);
      const sent = Array.from({ length: 60 }, (_each, i) =>
        transaction(i + 1, { parts: 2, attempt: i + 1 }),
      );
      const [node] = kafka.server.nodes;
      const opened = await captureAll(journal, sent, async (written) => {
        if (written !== 20 && written !== 40) return;
        await node?.kill();
        await node?.start();
      });
      expect(opened).toBeGreaterThan(1);
      expect(partFacts(await readParts(journal, 0, 60))).toEqual(
        partFacts(sent.flat()),
      );
    },
  );
});
