import { failpoint } from "../../platform/failpoints.ts";

/** Every place between two durable steps of the journal in Kafka; the crash matrix dies at each of them. */
export const KAFKA_JOURNAL_FAILPOINTS = [
  /** The topic is made, nothing stands in it. */
  "kafka.topic-made",
  /** A claim is durable: older writers are void, the new one has read nothing. */
  "kafka.claimed",
  /** A record is about to be sent. */
  "kafka.before-send",
  /** A piece of a frame is durable, the rest is not sent. */
  "kafka.piece-sent",
  /** A frame is durable, nobody has been told. */
  "kafka.frame-sent",
  /** A new run's start is durable, nothing follows it. */
  "kafka.start-sent",
  /** A new history is durable, the records of the discarded one are still there. */
  "kafka.begin-sent",
  /** Trimmed records are gone, nobody has been told. */
  "kafka.trimmed",
] as const;

export type KafkaJournalFailpoint = (typeof KAFKA_JOURNAL_FAILPOINTS)[number];

export function kafkaFailpoint(name: KafkaJournalFailpoint): void {
  failpoint(name);
}
