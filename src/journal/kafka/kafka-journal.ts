import type { JournalRecord } from "../../core/journal-record.ts";
import type { SourceName } from "../../core/source-name.ts";
import { silentLogger, type Logger } from "../../platform/logger.ts";
import { sleep } from "../../platform/sleep.ts";
import type { Journal, JournalStart, JournalWriter } from "../journal.ts";
import { findInTopic } from "./find-in-topic.ts";
import type { KafkaJournalWriter } from "./kafka-journal-writer.ts";
import { topicOf, type KafkaPlace, type SaslLogin } from "./kafka-place.ts";
import { openKafkaWriter } from "./open-writer.ts";
import { PartitionReader } from "./partition-reader.ts";
import { readTopic } from "./read-topic.ts";
import { trimTopic } from "./trim-topic.ts";
import type { WriterMemory } from "./writer-memory.ts";

export interface KafkaJournalOptions {
  readonly brokers: readonly string[];
  readonly topicPrefix?: string;
  /** Copies of each topic; 1 only where losing a disk may lose what the archive does not have yet. */
  readonly replicationFactor?: number;
  readonly tls?: KafkaPlace["tls"];
  readonly sasl?: SaslLogin;
  readonly logger?: Logger;
  /** A new run is begun before the append after this many bytes. */
  readonly rollBytes?: number;
  /** The largest record: `maxRow` and a header. */
  readonly maxRecordBytes?: number;
  readonly requestTimeoutMs?: number;
  readonly connectionTimeoutMs?: number;
}

const MIB = 1024 * 1024;
const TOPIC_POLL_MS = 500;

/** The options with what counts where nothing is said. */
export function kafkaPlace(options: KafkaJournalOptions): KafkaPlace {
  return {
    brokers: options.brokers,
    topicPrefix: options.topicPrefix ?? "tidemark.",
    replicationFactor: options.replicationFactor ?? 3,
    tls: options.tls ?? (() => Promise.resolve(undefined)),
    sasl: options.sasl,
    logger: options.logger ?? silentLogger,
    requestTimeoutMs: options.requestTimeoutMs ?? 12_000,
    connectionTimeoutMs: options.connectionTimeoutMs ?? 3000,
  };
}

/** A topic per source: writers fence each other by claims, readers in any process. */
export class KafkaJournal implements Journal {
  private readonly place: KafkaPlace;
  private readonly options: KafkaJournalOptions;
  private readonly memories = new Map<SourceName, WriterMemory>();
  private readonly writers = new Set<KafkaJournalWriter>();

  constructor(options: KafkaJournalOptions) {
    this.options = options;
    this.place = kafkaPlace(options);
  }

  async openWriter(
    source: SourceName,
    signal: AbortSignal,
  ): Promise<JournalWriter> {
    signal.throwIfAborted();
    const writer = await openKafkaWriter(
      {
        place: this.place,
        topic: topicOf(this.place, source),
        memory: this.memoryOf(source),
        rollBytes: this.options.rollBytes ?? 64 * MIB,
        maxRecordBytes: this.options.maxRecordBytes ?? 257 * MIB,
      },
      signal,
    );
    this.writers.add(writer);
    return writer;
  }

  async *read(
    source: SourceName,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly JournalRecord[]> {
    signal.throwIfAborted();
    await using reader = await this.openReader(source, signal);
    while (!(await reader.exists(signal))) await sleep(TOPIC_POLL_MS, signal);
    yield* readTopic(reader, after, signal);
  }

  async find(
    source: SourceName,
    seq: number,
    signal: AbortSignal,
  ): Promise<JournalStart | undefined> {
    signal.throwIfAborted();
    await using reader = await this.openReader(source, signal);
    if (!(await reader.exists(signal))) return undefined;
    return findInTopic(reader, seq, signal);
  }

  async trim(
    source: SourceName,
    through: number,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    await using reader = await this.openReader(source, signal);
    if (!(await reader.exists(signal))) return;
    const topic = topicOf(this.place, source);
    const { head } = this.memoryOf(source);
    await trimTopic(
      { place: this.place, reader },
      { topic, through, head },
      signal,
    );
  }

  private openReader(
    source: SourceName,
    signal: AbortSignal,
  ): Promise<PartitionReader> {
    const topic = topicOf(this.place, source);
    return PartitionReader.open(this.place, topic, signal);
  }

  private memoryOf(source: SourceName): WriterMemory {
    const memory = this.memories.get(source) ?? {
      head: undefined,
      confirmed: undefined,
    };
    this.memories.set(source, memory);
    return memory;
  }

  /** Closes the writers; readers end by their signals. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const writer of this.writers) await writer[Symbol.asyncDispose]();
  }
}
