import { TidemarkError } from "../core/errors.ts";
import type { DatabaseTls } from "./database-login.ts";
import type { Password } from "./password.ts";

/** Where a journal in Kafka lies, and how to log in. Holds no secret: the password comes from a function. */
export interface KafkaLocation {
  /** `host:port` each; they name the cluster's others. */
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  readonly replicationFactor: number;
  readonly tls: DatabaseTls;
  readonly sasl: KafkaSasl | undefined;
}

export interface KafkaSasl {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  readonly password: Password;
}

export const SASL_MECHANISMS = [
  "plain",
  "scram-sha-256",
  "scram-sha-512",
] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

const BROKER = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/;
const TOPIC_PREFIX = /^[A-Za-z0-9._-]{0,180}$/;

/** Throws USAGE. */
export function parseBroker(text: string): string {
  const port = Number(BROKER.exec(text)?.[1]);
  if (port > 0 && port <= 65_535) return text;
  throw new TidemarkError("USAGE", "it is not a broker's address", {
    hint: "host:port, for example kafka-1.example.net:9092",
  });
}

/** Throws USAGE. */
export function parseTopicPrefix(text: string): string {
  if (TOPIC_PREFIX.test(text)) return text;
  throw new TidemarkError("USAGE", "no topic's name begins so", {
    hint: "A-Z, a-z, 0-9, . _ and -, at most 180 characters",
  });
}

/** The host of a broker's address. */
export function brokerHost(broker: string): string {
  return broker.slice(0, broker.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}
