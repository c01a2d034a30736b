import kafkajs, { type Broker, type Cluster } from "kafkajs";
import ClusterClass from "kafkajs/src/cluster/index.js";
import socketFactory from "kafkajs/src/network/socketFactory.js";
import { hasCode } from "../../core/errors.ts";
import { sleep } from "../../platform/sleep.ts";
import { KafkaConnection } from "./kafka-connection.ts";
import { clientConfig, RETRY } from "./kafka-client.ts";
import { journalGap, kafkaError, protocolType } from "./kafka-errors.ts";
import { describeTopic, type KafkaPlace } from "./kafka-place.ts";
import { HEADER } from "./record-head.ts";

/** One record as the brokers have it. */
export interface FetchedRecord {
  readonly offset: number;
  /** Undefined when it is none of ours. */
  readonly header: Buffer | undefined;
  readonly value: Buffer;
}

export interface Fetched {
  /** From the offset asked for on, without a hole. */
  readonly records: readonly FetchedRecord[];
  /** Behind the last record that may be read. */
  readonly high: number;
}

export interface FetchBounds {
  /** What an answer may hold; it holds one record at least, where there is one. */
  readonly maxBytes: number;
  /** How long the broker waits for a record when there is none. */
  readonly waitMs: number;
}

/** As kafkajs decodes an answer, which its types call `any`. */
interface FetchAnswer {
  readonly responses: readonly {
    readonly partitions: readonly {
      readonly highWatermark: string;
      readonly messages: readonly {
        readonly offset: string;
        readonly value: Buffer | null;
        readonly headers: Readonly<Record<string, unknown>>;
        readonly isControlRecord?: boolean;
      }[];
    }[];
  }[];
}

const READ_UNCOMMITTED = 0;
const METADATA_MAX_AGE_MS = 60_000;
/** So long is waited for brokers that are away; a leader is elected within seconds. */
const PATIENCE = { tries: 6, firstMs: 100 } as const;

/**
 * Reads the one partition of a topic at any offset. kafkajs offers only consumers for that, and a consumer is a member of a
 * group: its first record comes after the group's first rebalance (3 s by the brokers' default), it needs rights on groups, pushes what it
 * has fetched, and goes on elsewhere without a word when its place was trimmed away. So this asks with kafkajs' own requests, one at
 * a time: memory is one answer, and an offset that is not there is an error. A connection belongs to one reader: a broker answers
 * in order, and a request behind one that waits for news would wait with it.
 */
export class PartitionReader implements AsyncDisposable {
  readonly where: string;
  private readonly place: KafkaPlace;
  private readonly topic: string;
  private readonly cluster: Cluster;
  private readonly connection: KafkaConnection;
  private joined = false;

  private constructor(place: KafkaPlace, topic: string, cluster: Cluster) {
    this.place = place;
    this.topic = topic;
    this.where = describeTopic(place, topic);
    this.cluster = cluster;
    this.connection = new KafkaConnection(cluster);
  }

  static async open(
    place: KafkaPlace,
    topic: string,
    signal: AbortSignal,
  ): Promise<PartitionReader> {
    const config = await clientConfig(place, signal);
    const cluster = new ClusterClass({
      socketFactory: socketFactory(),
      ...config,
      logger: new kafkajs.Kafka(config).logger(),
      retry: RETRY,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      allowAutoTopicCreation: false,
      isolationLevel: READ_UNCOMMITTED,
      maxInFlightRequests: null,
    });
    return new PartitionReader(place, topic, cluster);
  }

  /** Whether there is such a topic. */
  async exists(signal: AbortSignal): Promise<boolean> {
    return this.patiently(signal, async () => {
      try {
        await this.leader();
        return true;
      } catch (error) {
        if (protocolType(error) !== "UNKNOWN_TOPIC_OR_PARTITION") throw error;
        return false;
      }
    });
  }

  /** The oldest offset that is there, and the one behind the newest. */
  async offsets(signal: AbortSignal): Promise<{ low: number; high: number }> {
    return this.patiently(signal, async () => {
      await this.leader();
      const offset = async (fromBeginning: boolean) => {
        const found = await this.cluster.fetchTopicsOffset([
          { topic: this.topic, partitions: [{ partition: 0 }], fromBeginning },
        ]);
        return Number(found[0]?.partitions[0]?.offset);
      };
      return { low: await offset(true), high: await offset(false) };
    });
  }

  /** Throws JOURNAL_GAP when the offset is not there any more, or not yet by far. */
  async fetch(
    offset: number,
    bounds: FetchBounds,
    signal: AbortSignal,
  ): Promise<Fetched> {
    return this.patiently(signal, async () => {
      try {
        return await this.ask(offset, bounds);
      } catch (error) {
        if (protocolType(error) !== "OFFSET_OUT_OF_RANGE") throw error;
        throw journalGap(this.where, `offset ${offset} is not there`);
      }
    });
  }

  private async ask(offset: number, bounds: FetchBounds): Promise<Fetched> {
    const broker = await this.leader();
    const { maxBytes, waitMs } = bounds;
    const answer = (await broker.fetch({
      replicaId: -1,
      isolationLevel: READ_UNCOMMITTED,
      maxWaitTime: waitMs,
      minBytes: 1,
      maxBytes,
      topics: [
        {
          topic: this.topic,
          partitions: [{ partition: 0, fetchOffset: String(offset), maxBytes }],
        },
      ],
    })) as FetchAnswer;
    const partition = answer.responses[0]?.partitions[0];
    const records: FetchedRecord[] = [];
    for (const message of partition?.messages ?? []) {
      const at = Number(message.offset);
      // A batch comes whole, with what stands in it before the offset asked for.
      if (at < offset) continue;
      if (at !== offset + records.length)
        throw journalGap(
          this.where,
          `offset ${offset + records.length} is missing before ${at}`,
        );
      records.push({
        offset: at,
        header: headerOf(message),
        value: message.value ?? Buffer.alloc(0),
      });
    }
    return { records, high: Number(partition?.highWatermark ?? offset) };
  }

  private async leader(): Promise<Broker> {
    const { cluster, topic } = this;
    if (!this.joined) {
      await cluster.connect();
      await cluster.addTargetTopic(topic);
      this.joined = true;
    }
    await cluster.refreshMetadataIfNecessary();
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [0]));
    if (nodeId === undefined) throw new LeaderMissing();
    return cluster.findBroker({ nodeId });
  }

  /** Tries again what passes: a leader that moved, a broker that is begun again. */
  private async patiently<T>(
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    let waitMs: number = PATIENCE.firstMs;
    for (let left: number = PATIENCE.tries; ; left--) {
      signal.throwIfAborted();
      try {
        return await this.connection.wait(signal, work());
      } catch (error) {
        signal.throwIfAborted();
        const failure = kafkaError(this.place, error, this.topic);
        if (!hasCode(failure, "JOURNAL_UNREACHABLE") || left === 0)
          throw failure;
      }
      await sleep(waitMs, signal);
      waitMs *= 2;
      await this.lookAgain();
    }
  }

  private async lookAgain(): Promise<void> {
    try {
      await this.cluster.refreshMetadata();
    } catch {
      // The next try meets it again, and says it.
      this.joined = false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
  }
}

function headerOf(message: {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly isControlRecord?: boolean;
}): Buffer | undefined {
  if (message.isControlRecord === true) return undefined;
  const header = message.headers[HEADER];
  return Buffer.isBuffer(header) ? header : undefined;
}

/** Named as kafkajs' own, which have none for it: a topic without a leader, for now. */
class LeaderMissing extends Error {
  override readonly name = "KafkaJSLeaderMissing";
  readonly retriable = true;

  constructor() {
    super("the topic has no leader at present");
  }
}
