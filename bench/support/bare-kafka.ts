import kafkajs, { type Producer } from "kafkajs";
import type { EncodedPart } from "../../src/core/journal-record.ts";
import { bareKafka, kafkaAdmin } from "../../test/support/kafka-client.ts";

/** What kafkajs does by itself: an idempotent producer, one awaited send after the other, a message per part. */
export class BareLoop implements AsyncDisposable {
  private readonly producer: Producer;
  private readonly topic: string;

  private constructor(producer: Producer, topic: string) {
    this.producer = producer;
    this.topic = topic;
  }

  static async open(
    brokers: readonly string[],
    topic: string,
  ): Promise<BareLoop> {
    await using admin = await kafkaAdmin(brokers);
    const name = "max.message.bytes";
    await admin.client.createTopics({
      topics: [
        {
          ...{ topic, numPartitions: 1, replicationFactor: 1 },
          configEntries: [{ name, value: String(2 * 1024 * 1024) }],
        },
      ],
    });
    const producer = bareKafka(brokers).producer({
      ...{ idempotent: true, maxInFlightRequests: 1 },
      createPartitioner: () => () => 0,
    });
    await producer.connect();
    return new BareLoop(producer, topic);
  }

  async send(parts: readonly EncodedPart[]): Promise<void> {
    await this.producer.send({
      topic: this.topic,
      acks: -1,
      compression: kafkajs.CompressionTypes.LZ4,
      messages: parts.map(({ bytes }) => ({
        value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
        partition: 0,
      })),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.producer.disconnect();
  }
}
