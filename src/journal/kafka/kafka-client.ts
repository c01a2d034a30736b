import kafkajs, {
  type Admin,
  type KafkaConfig,
  type LogEntry,
  type Producer,
  type RetryOptions,
  type SASLOptions,
} from "kafkajs";
import { kafkaError } from "./kafka-errors.ts";
import type { KafkaPlace, SaslLogin } from "./kafka-place.ts";
import { repairKafkajs } from "./kafkajs-repairs.ts";

// A CommonJS module of which Node finds no names.
const { CompressionTypes, Kafka, logLevel } = kafkajs;

export const COMPRESSION = CompressionTypes.LZ4;

/** Always said: what kafkajs has for idempotent producers without it never counts. */
export const RETRY: RetryOptions = {
  retries: 5,
  initialRetryTime: 100,
  maxRetryTime: 2000,
};

/** Everything that kafkajs is told, with the password as it is now. */
export async function clientConfig(
  place: KafkaPlace,
  signal: AbortSignal,
): Promise<KafkaConfig> {
  repairKafkajs();
  const ssl = await place.tls();
  const sasl = place.sasl && (await saslOptions(place.sasl));
  signal.throwIfAborted();
  return {
    clientId: "tidemark",
    brokers: [...place.brokers],
    ...(ssl && { ssl }),
    ...(sasl && { sasl }),
    connectionTimeout: place.connectionTimeoutMs,
    authenticationTimeout: place.connectionTimeoutMs,
    requestTimeout: place.requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: RETRY,
    logLevel: logLevel.WARN,
    logCreator: () => (entry: LogEntry) => passOn(place, entry),
  };
}

async function saslOptions({
  mechanism,
  username,
  password,
}: SaslLogin): Promise<SASLOptions> {
  return { mechanism, username, password: await password() };
}

/** What it meets and tries again is of interest to who looks for it; what it gives up comes as an error of ours. */
function passOn({ logger }: KafkaPlace, { namespace, log }: LogEntry): void {
  logger.debug({ kafkajs: namespace }, log.message);
}

export interface OpenAdmin extends AsyncDisposable {
  readonly client: Admin;
}

export async function openAdmin(
  place: KafkaPlace,
  signal: AbortSignal,
): Promise<OpenAdmin> {
  const client = new Kafka(await clientConfig(place, signal)).admin();
  await connected(place, client);
  return { client, [Symbol.asyncDispose]: () => client.disconnect() };
}

/**
 * A producer for one writer. It is given up after the first doubt: kafkajs takes back the sequence number of a send whose
 * answer it did not get, and the broker takes what comes under that number next for the same again and drops it.
 */
export async function openProducer(
  place: KafkaPlace,
  signal: AbortSignal,
): Promise<Producer> {
  const kafka = new Kafka(await clientConfig(place, signal));
  const client = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    retry: RETRY,
    createPartitioner: () => () => 0,
  });
  await connected(place, client);
  return client;
}

async function connected(
  place: KafkaPlace,
  client: Admin | Producer,
): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    await client.disconnect().catch(() => undefined);
    throw kafkaError(place, error);
  }
}
