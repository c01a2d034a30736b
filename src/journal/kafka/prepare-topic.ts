import kafkajs, { type Admin } from "kafkajs";
import { sleep } from "../../platform/sleep.ts";
import { kafkaFailpoint } from "./journal-failpoints.ts";
import { openAdmin } from "./kafka-client.ts";
import { kafkaError, protocolType } from "./kafka-errors.ts";
import type { KafkaPlace } from "./kafka-place.ts";
import {
  leastInSync,
  refuseUnsafe,
  TOPIC_SETTINGS,
  type TopicFacts,
} from "./topic-settings.ts";

export interface PreparedTopic {
  /** The largest batch that it takes. */
  readonly maxMessageBytes: number;
}

/**
 * Makes the topic when it is missing, and refuses one with settings under which acknowledged records may vanish. Throws
 * PREFLIGHT. A crash after it was made leaves an empty topic, which the next start takes.
 */
export async function prepareTopic(
  place: KafkaPlace,
  topic: string,
  signal: AbortSignal,
): Promise<PreparedTopic> {
  await using admin = await openAdmin(place, signal);
  try {
    let facts = await readTopic(admin.client, topic);
    if (facts === undefined) {
      await makeTopic(place, topic, admin.client);
      kafkaFailpoint("kafka.topic-made");
    }
    while (facts === undefined) {
      // Brokers hear of a new topic one after the other.
      await sleep(50, signal);
      facts = await readTopic(admin.client, topic);
    }
    refuseUnsafe(place, topic, facts);
    return {
      maxMessageBytes: Number(facts.settings.get("max.message.bytes")),
    };
  } catch (error) {
    throw kafkaError(place, error, topic);
  }
}

async function makeTopic(
  place: KafkaPlace,
  topic: string,
  admin: Admin,
): Promise<void> {
  const settings = {
    ...TOPIC_SETTINGS,
    "min.insync.replicas": String(leastInSync(place)),
  };
  await admin.createTopics({
    waitForLeaders: false,
    topics: [
      {
        topic,
        numPartitions: 1,
        replicationFactor: place.replicationFactor,
        configEntries: Object.entries(settings).map(([name, value]) => ({
          name,
          value,
        })),
      },
    ],
  });
}

/** Undefined when there is no such topic. */
export async function readTopic(
  admin: Admin,
  topic: string,
): Promise<TopicFacts | undefined> {
  const found = await admin
    .fetchTopicMetadata({ topics: [topic] })
    .catch((error: unknown) => {
      if (protocolType(error) === "UNKNOWN_TOPIC_OR_PARTITION")
        return undefined;
      throw error;
    });
  const partitions = found?.topics[0]?.partitions;
  if (partitions === undefined || partitions.length === 0) return undefined;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
  });
  const entries = resources[0]?.configEntries ?? [];
  return {
    partitions: partitions.length,
    replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    settings: new Map(
      entries.map(({ configName, configValue }) => [configName, configValue]),
    ),
  };
}
