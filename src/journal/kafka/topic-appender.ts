import type { Producer, RecordMetadata } from "kafkajs";
import { KafkaConnection } from "./kafka-connection.ts";
import { COMPRESSION } from "./kafka-client.ts";
import {
  journalFenced,
  journalLost,
  journalUnsure,
  kafkaError,
} from "./kafka-errors.ts";
import { describeTopic, type KafkaPlace } from "./kafka-place.ts";
import { encodeHead, HEADER, type RecordHead } from "./record-head.ts";
import { findIntruder } from "./find-intruder.ts";
import type { WriterMemory } from "./writer-memory.ts";

export interface AppenderPlace {
  readonly place: KafkaPlace;
  readonly topic: string;
  readonly memory: WriterMemory;
}

/**
 * One awaited send at a time with a producer of its own. Every record says the offset where it must stand, and its answer must
 * say the same; after any doubt nothing more is sent with this producer.
 */
export class TopicAppender implements AsyncDisposable {
  /** Where the next record must stand. */
  next: number;
  private readonly at: AppenderPlace;
  private readonly producer: Producer;
  private readonly connection: KafkaConnection;

  constructor(at: AppenderPlace, producer: Producer, next: number) {
    this.at = at;
    this.producer = producer;
    this.connection = new KafkaConnection(producer);
    this.next = next;
  }

  get where(): string {
    return describeTopic(this.at.place, this.at.topic);
  }

  /**
   * Resolves once the record is durable where it says. Throws JOURNAL_UNREACHABLE, JOURNAL_FATAL, FENCED and JOURNAL_LOST, and
   * the signal's reason; each time a new writer must find out what is durable.
   */
  async append(
    head: RecordHead,
    value: Buffer,
    signal: AbortSignal,
  ): Promise<void> {
    const offset = await this.send(head, value, signal);
    if (offset !== head.at) throw await this.doubt(head, offset, signal);
    this.confirm(head);
  }

  /** The same for a claim, which may stand behind what came in between: the offset where it landed. */
  async send(
    head: RecordHead,
    value: Buffer,
    signal: AbortSignal,
  ): Promise<number> {
    const { place, topic } = this.at;
    let answers: RecordMetadata[];
    try {
      const sending = this.producer.send({
        topic,
        acks: -1,
        compression: COMPRESSION,
        messages: [
          {
            value,
            partition: 0,
            headers: { [HEADER]: encodeHead(head, value) },
          },
        ],
      });
      answers = await this.connection.wait(signal, sending);
    } catch (error) {
      signal.throwIfAborted();
      throw kafkaError(place, error, topic);
    }
    const [answer] = answers;
    // A broker that takes a batch for one that it had before answers with the time of that one; in a topic of CreateTime,
    // others have none.
    if (answer?.logAppendTime !== "-1")
      throw journalUnsure(
        this.where,
        "a record was answered as one sent before",
      );
    return Number(answer.baseOffset);
  }

  confirm({ at, epoch }: RecordHead): void {
    this.at.memory.confirmed = { offset: at, epoch };
    this.next = at + 1;
  }

  private async doubt(
    head: RecordHead,
    offset: number,
    signal: AbortSignal,
  ): Promise<unknown> {
    if (offset < head.at)
      return journalLost(
        this.where,
        `a record stands at offset ${offset}, where confirmed ones were up to ${head.at - 1}`,
      );
    const intruder = await findIntruder(
      this.at,
      { from: head.at, to: offset, epoch: head.epoch },
      signal,
    );
    if (intruder !== undefined) return journalFenced(this.where, intruder);
    return journalUnsure(
      this.where,
      `a record came to offset ${offset} instead of ${head.at}: something else was written before it`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
  }
}
