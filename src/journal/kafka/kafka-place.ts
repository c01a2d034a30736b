import type { ConnectionOptions } from "node:tls";
import type { SourceName } from "../../core/source-name.ts";
import type { Logger } from "../../platform/logger.ts";

export type SaslMechanism = "plain" | "scram-sha-256" | "scram-sha-512";

export interface SaslLogin {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  /** Asked whenever a client is made: tokens expire. */
  readonly password: () => Promise<string>;
}

/** Where the topics are, and how to log in. */
export interface KafkaPlace {
  /** `host:port` of some brokers; they name the others. */
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  /** Copies of each topic; 1 only where a person has said so. */
  readonly replicationFactor: number;
  /** Asked whenever a client is made: certificates rotate. Undefined: without TLS. */
  readonly tls: () => Promise<ConnectionOptions | undefined>;
  readonly sasl: SaslLogin | undefined;
  readonly logger: Logger;
  /** How long an answer may take before it counts as lost. */
  readonly requestTimeoutMs: number;
  readonly connectionTimeoutMs: number;
}

/** The topic of a source: one partition, the source's history. */
export function topicOf(place: KafkaPlace, source: SourceName): string {
  return `${place.topicPrefix}${source}`;
}

/** For messages: which topic, and where. */
export function describeTopic(place: KafkaPlace, topic: string): string {
  return `topic ${topic} (${place.brokers.join(", ")})`;
}
