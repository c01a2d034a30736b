import kafkajs, { type Admin, type Kafka } from "kafkajs";
import { repairKafkajs } from "../../src/journal/kafka/kafkajs-repairs.ts";

/** kafkajs as a test has it beside the journal: to look, and to do what nobody should. */
export function bareKafka(brokers: readonly string[]): Kafka {
  // For its timers and its codec; what it does with sequence numbers stays as it is.
  repairKafkajs();
  return new kafkajs.Kafka({
    clientId: "test",
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 2000,
    requestTimeout: 5000,
    retry: { retries: 3, initialRetryTime: 100 },
  });
}

export interface OpenAdmin extends AsyncDisposable {
  readonly client: Admin;
}

export async function kafkaAdmin(
  brokers: readonly string[],
): Promise<OpenAdmin> {
  const client = bareKafka(brokers).admin();
  await client.connect();
  return {
    client,
    [Symbol.asyncDispose]: () => client.disconnect(),
  };
}
