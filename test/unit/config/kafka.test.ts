import { describe, expect, test } from "vitest";
import type { KafkaLocation } from "../../../src/config/kafka-location.ts";
import { parseConfig } from "../../../src/config/parse-config.ts";
import { caught } from "../../support/caught.ts";

function parse(journal: string) {
  return parseConfig({
    path: "/etc/tidemark/tidemark.yaml",
    text: `archive: [{ directory: archive }]\njournal: ${journal}\n`,
    env: {},
  });
}

function kafkaOf(keys: string): KafkaLocation {
  const { journal } = parse(`{ kafka: { ${keys} } }`);
  if (!("kafka" in journal)) throw new Error("a directory");
  return journal.kafka;
}

test("brokers are enough", () => {
  const config = parse('{ kafka: { brokers: ["k1.example.net:9092"] } }');
  expect(config.workDirectory).toBe("/etc/tidemark/tidemark/work");
  expect(config.journal).toEqual({
    kafka: {
      brokers: ["k1.example.net:9092"],
      topicPrefix: "tidemark.",
      replicationFactor: 3,
      tls: { mode: "verify-full" },
      sasl: undefined,
    },
  });
});

test("every key is taken", async () => {
  const kafka = kafkaOf(
    'brokers: ["k1:9092", "[::1]:9093"], topicPrefix: "history-", replicationFactor: 1, workDirectory: /w, ' +
      "tls: { mode: verify-ca, ca: ca.pem }, " +
      "sasl: { mechanism: scram-sha-512, username: tidemark, passwordCommand: echo secret }",
  );
  expect(kafka).toMatchObject({
    brokers: ["k1:9092", "[::1]:9093"],
    topicPrefix: "history-",
    replicationFactor: 1,
    tls: { mode: "verify-ca", caFile: "/etc/tidemark/ca.pem" },
    sasl: { mechanism: "scram-sha-512", username: "tidemark" },
  });
  expect(kafka.sasl).toBeDefined();
});

test.each(["127.0.0.1:9092", "localhost:9092", "[::1]:9092"])(
  "brokers of this machine need no TLS: %s",
  (broker) => {
    expect(kafkaOf(`brokers: ["${broker}"]`).tls.mode).toBe("disable");
  },
);

test("a broker elsewhere needs it, whoever else is in the list", () => {
  const { tls } = kafkaOf('brokers: ["127.0.0.1:9092", "k1:9092"]');
  expect(tls.mode).toBe("verify-full");
});

describe("what is wrong is named by line and key", () => {
  test.each([
    [
      '{ directory: a, kafka: { brokers: ["k:1"] } }',
      "journal.kafka: there is a directory too",
    ],
    ["{ kafka: {} }", "journal.kafka"],
    ["{ kafka: { brokers: [] } }", "journal.kafka.brokers: is empty"],
    ["{ kafka: { brokers: [k1] } }", "it is not a broker's address"],
    ['{ kafka: { brokers: ["k1:0"] } }', "it is not a broker's address"],
    [
      '{ kafka: { brokers: ["k1:1"], topicPrefix: "a b" } }',
      "no topic's name begins so",
    ],
    [
      '{ kafka: { brokers: ["k1:1"], replicationFactor: 0 } }',
      "expected 1 or more",
    ],
    [
      '{ kafka: { brokers: ["k1:1"], sasl: { mechanism: gssapi, username: u, passwordFile: p } } }',
      "expected one of plain, scram-sha-256",
    ],
    [
      '{ kafka: { brokers: ["k1:1"], sasl: { mechanism: plain, username: u } } }',
      "expected passwordFile or passwordCommand",
    ],
    [
      '{ kafka: { brokers: ["k1:1"], sasl: { mechanism: plain, username: u, passwordFile: p, passwordCommand: c } } }',
      "there is a passwordCommand too",
    ],
    [
      '{ kafka: { brokers: ["k1:1"], tls: { mode: disable, ca: a } } }',
      "certificates have no effect",
    ],
  ])("%s", async (journal, message) => {
    const error = await caught(() => parse(journal));
    expect(error.code).toBe("CONFIG");
    expect(error.message).toContain(message);
  });
});
