import { describe, expect, it } from "vitest";
import type { JournalRecord } from "../../../../src/core/journal-record.ts";
import { encodeJournalRecord } from "../../../../src/format/journal-record.ts";
import { joinItems } from "../../../../src/journal/kafka/items.ts";
import type { FetchedRecord } from "../../../../src/journal/kafka/partition-reader.ts";
import {
  encodeHead,
  type RecordHead,
} from "../../../../src/journal/kafka/record-head.ts";
import { TopicHistory } from "../../../../src/journal/kafka/topic-history.ts";
import { encodeHistoryStart } from "../../../../src/journal/records/history-start.ts";
import {
  shapeRecord,
  startAt,
  transaction,
} from "../../../support/journal-samples.ts";

/** A topic that is written by hand: what is sent stands behind what was sent before, wherever it says that it stands. */
class Topic {
  readonly records: FetchedRecord[] = [];

  send(says: Partial<RecordHead>, value: Buffer): number {
    const offset = this.records.length;
    const head: RecordHead = {
      ...{ kind: "records", at: offset, epoch: 0, piece: 0, pieces: 1 },
      ...says,
    };
    const header = Buffer.from(encodeHead(head, value));
    this.records.push({ offset, header, value });
    return offset;
  }

  claim(says: Partial<RecordHead> = {}): number {
    const at = says.at ?? this.records.length;
    return this.send({ kind: "claim", at, epoch: at }, Buffer.from("{}"));
  }

  begin(epoch: number, seq: number, says: Partial<RecordHead> = {}): number {
    const start = startAt(seq);
    const { position: progressedTo, committedAt: progressedAt } = start;
    const head = { ...start, progressedTo, progressedAt };
    const item = encodeHistoryStart({ head, unfinished: undefined });
    const history = this.records.length;
    const more = { kind: "start", epoch, history, firstSeq: seq + 1 } as const;
    return this.send({ ...more, ...says }, joinItems([item]));
  }

  append(
    epoch: number,
    records: readonly JournalRecord[],
    says: Partial<RecordHead> = {},
  ): number {
    const value = joinItems(records.map(encodeJournalRecord));
    return this.send({ epoch, ...says }, value);
  }

  read(follows = false): TopicHistory {
    const history = new TopicHistory("topic test", follows);
    for (const record of this.records) history.take(record);
    return history;
  }
}

function begun(): { topic: Topic; epoch: number } {
  const topic = new Topic();
  const epoch = topic.claim();
  topic.begin(epoch, 0);
  topic.append(epoch, [shapeRecord, ...transaction(1)]);
  return { topic, epoch };
}

describe("what counts", () => {
  it("is what stands where it says, under the newest claim", () => {
    const { topic, epoch } = begun();
    topic.append(epoch, transaction(2));
    const history = topic.read();
    expect(history.now?.head).toMatchObject(startAt(2));
    expect(history.ignored).toBe(0);
  });

  it("is not what an older writer sent, that says where it would have stood", () => {
    const { topic, epoch } = begun();
    const late = topic.records.length;
    const newer = topic.claim();
    topic.append(epoch, transaction(2, { attempt: 66 }), { at: late });
    topic.append(newer, transaction(2, { attempt: 77 }));
    const history = topic.read();
    expect(history.now?.head).toMatchObject(startAt(2));
    expect(history.ignored).toBe(1);
  });

  it("is not what an older writer sent, even where it says", () => {
    const { topic, epoch } = begun();
    topic.claim();
    topic.append(epoch, transaction(2));
    expect(topic.read().now?.head.seq).toBe(1);
  });

  it("is not the second of two that are the same", () => {
    const { topic, epoch } = begun();
    const at = topic.append(epoch, transaction(2));
    topic.append(epoch, transaction(2), { at });
    const history = topic.read();
    expect(history.now?.head.seq).toBe(2);
    expect(history.ignored).toBe(1);
  });

  it("is not a claim that comes late", () => {
    const { topic, epoch } = begun();
    topic.claim({ at: 1 });
    topic.append(epoch, transaction(2));
    expect(topic.read().now?.head.seq).toBe(2);
  });

  it("is not what somebody else wrote", () => {
    const { topic, epoch } = begun();
    const offset = topic.records.length;
    const value = Buffer.from("stray");
    topic.records.push({ offset, header: undefined, value });
    topic.append(epoch, transaction(2));
    expect(topic.read().now?.head.seq).toBe(2);
  });

  it("is not a frame whose writer went before its last piece", () => {
    const { topic, epoch } = begun();
    const body = joinItems(transaction(2).map(encodeJournalRecord));
    topic.send({ epoch, pieces: 2 }, body.subarray(0, 20));
    const newer = topic.claim();
    topic.append(newer, transaction(2, { attempt: 9 }));
    expect(topic.read().now?.head.seq).toBe(2);
  });
});

describe("what stops a reader", () => {
  it("is a hole under one claim", () => {
    const { topic, epoch } = begun();
    topic.append(epoch, transaction(3));
    expect(() => topic.read()).toThrow(
      expect.objectContaining({ code: "JOURNAL_DAMAGED" }),
    );
  });

  it("is a piece of another frame", () => {
    const { topic, epoch } = begun();
    const body = joinItems(transaction(2).map(encodeJournalRecord));
    topic.send({ epoch, pieces: 3 }, body.subarray(0, 20));
    topic.send({ epoch, pieces: 3, piece: 2 }, body.subarray(20));
    expect(() => topic.read()).toThrow(
      expect.objectContaining({ code: "JOURNAL_DAMAGED" }),
    );
  });

  it("is a value that is not the one that was written", () => {
    const { topic } = begun();
    const last = topic.records.pop();
    if (last === undefined) throw new Error("no record");
    topic.records.push({ ...last, value: last.value.subarray(1) });
    expect(() => topic.read()).toThrow(
      expect.objectContaining({ code: "JOURNAL_DAMAGED" }),
    );
  });

  it("is a journal that is begun anew, which only a writer follows", () => {
    const { topic, epoch } = begun();
    topic.begin(epoch, 40);
    expect(() => topic.read()).toThrow(
      expect.objectContaining({ code: "JOURNAL_GAP" }),
    );
    expect(topic.read(true).now?.head.seq).toBe(40);
  });

  it("is a start that does not continue what is before it", () => {
    const { topic, epoch } = begun();
    topic.begin(epoch, 7, { history: 1 });
    expect(() => topic.read()).toThrow(
      expect.objectContaining({ code: "JOURNAL_DAMAGED" }),
    );
  });
});
