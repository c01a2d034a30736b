import kafkajs from "kafkajs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { examineKafka } from "../../src/journal/kafka/examine-kafka.ts";
import { KafkaJournal } from "../../src/journal/kafka/kafka-journal.ts";
import { describeKafka } from "../support/describe-kafka.ts";
import { kafkaAdmin } from "../support/kafka-client.ts";
import { startKafkaProxy, type KafkaProxy } from "../support/kafka-proxy.ts";
import {
  begunWriter,
  orders,
  partFacts,
  readParts,
  transactions,
} from "../support/journal-samples.ts";
import { never } from "../support/never.ts";

/** What docs/permissions.md grants. */
const GRANTED = [
  ...(["DESCRIBE", "DESCRIBE_CONFIGS", "CREATE"] as const),
  ...(["WRITE", "READ", "DELETE"] as const),
];

type Operation = (typeof GRANTED)[number];

const PASSWORD = "not-a-secret";
const USERS = ["granted", "without", "stranger"];
const LOGIN_MODULE =
  "org.apache.kafka.common.security.plain.PlainLoginModule required";

describeKafka(
  "brokers that ask who comes",
  (kafka) => {
    let proxy: KafkaProxy | undefined;
    beforeAll(async () => {
      const [node] = kafka.server.nodes;
      if (node !== undefined) proxy = await startKafkaProxy(node);
    });
    afterAll(() => proxy?.[Symbol.asyncDispose]());

    const options = (topicPrefix: string, login: readonly string[]) => ({
      brokers: [proxy?.address ?? ""],
      ...{ topicPrefix, replicationFactor: 1 },
      sasl: {
        mechanism: "plain" as const,
        username: login[0] ?? "",
        password: () => Promise.resolve(login[1] ?? PASSWORD),
      },
    });

    async function grant(
      user: string,
      prefix: string,
      operations: readonly Operation[],
    ): Promise<void> {
      const { AclOperationTypes, AclPermissionTypes } = kafkajs;
      const { AclResourceTypes, ResourcePatternTypes } = kafkajs;
      await using admin = await kafkaAdmin(kafka.server.brokers);
      await admin.client.createAcls({
        acl: operations.map((operation) => ({
          resourceType: AclResourceTypes.TOPIC,
          resourceName: prefix,
          resourcePatternType: ResourcePatternTypes.PREFIXED,
          principal: `User:${user}`,
          host: "*",
          operation: AclOperationTypes[operation],
          permissionType: AclPermissionTypes.ALLOW,
        })),
      });
    }

    it("let in who has what docs/permissions.md grants", async () => {
      const prefix = kafka.newPrefix();
      await grant("granted", prefix, GRANTED);
      await using journal = new KafkaJournal({
        ...options(prefix, ["granted"]),
        rollBytes: 1,
      });
      await using writer = await begunWriter(journal);
      await writer.append(transactions(1, 3), never);
      await writer.append(transactions(4, 6), never);
      await journal.trim(orders, 3, never);
      expect(partFacts(await readParts(journal, 3, 6))).toEqual(
        partFacts(transactions(4, 6)),
      );
      const problems = await examineKafka(
        options(prefix, ["granted"]),
        [orders],
        never,
      );
      expect(problems).toEqual([]);
    });

    it.each(GRANTED)("name the rights when %s is missing", async (missing) => {
      const prefix = kafka.newPrefix();
      const given = GRANTED.filter((each) => each !== missing);
      await grant("without", prefix, given);
      const work = async () => {
        await using journal = new KafkaJournal(options(prefix, ["without"]));
        await using writer = await begunWriter(journal);
        await writer.append(transactions(1, 3), never);
      };
      // Whoever may read, write or delete may describe.
      if (missing === "DESCRIBE") return work();
      await expect(work()).rejects.toMatchObject({
        code: "RIGHT_MISSING",
        hint: expect.stringContaining("kafka-acls.sh") as string,
      });
    });

    it("refuse a wrong password", async () => {
      const wrong = options(kafka.newPrefix(), ["stranger", "wrong"]);
      await using journal = new KafkaJournal(wrong);
      await expect(journal.openWriter(orders, never)).rejects.toMatchObject({
        code: "ACCESS_DENIED",
      });
      await expect(examineKafka(wrong, [orders], never)).rejects.toMatchObject({
        code: "ACCESS_DENIED",
      });
    });
  },
  {
    settings: {
      "authorizer.class.name":
        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users": "User:ANONYMOUS",
      "listener.security.protocol.map":
        "PLAINTEXT:PLAINTEXT,PROXY:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
      "sasl.enabled.mechanisms": "PLAIN",
      "listener.name.proxy.plain.sasl.jaas.config": `${LOGIN_MODULE} ${USERS.map((user) => `user_${user}="${PASSWORD}"`).join(" ")};`,
    },
  },
);
