import { KafkaJournal } from "../../src/journal/kafka/kafka-journal.ts";
import { describeKafka } from "../support/describe-kafka.ts";
import { describeJournal } from "./journal.ts";

describeKafka("the journal in Kafka", (kafka) => {
  for (const [name, rollBytes] of [
    ["the Kafka journal in one run", 64 * 1024 * 1024],
    ["the Kafka journal in many runs", 1000],
    ["the Kafka journal in a run per append", 1],
  ] as const) {
    describeJournal(name, () => {
      const topicPrefix = kafka.newPrefix();
      const opened = new AsyncDisposableStack();
      const open = () =>
        opened.use(
          new KafkaJournal({
            brokers: kafka.server.brokers,
            ...{ topicPrefix, rollBytes, replicationFactor: 1 },
          }),
        );
      return Promise.resolve({
        journal: open(),
        again: () => Promise.resolve(open()),
        [Symbol.asyncDispose]: () => opened.disposeAsync(),
      });
    });
  }
});
