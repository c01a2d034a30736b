import { describe, expect, it } from "vitest";
import type { JournalRecord } from "../../../../src/core/journal-record.ts";
import { History } from "../../../../src/journal/records/history.ts";
import {
  progressAfter,
  shapeRecord,
  startAt,
  transaction,
} from "../../../support/journal-samples.ts";

function historyAt(seq: number): History {
  const start = startAt(seq);
  return new History({
    head: {
      ...start,
      progressedTo: start.position,
      progressedAt: start.committedAt,
    },
    unfinished: undefined,
  });
}

const [first, second, third] = transaction(6, { parts: 3, attempt: 1 });
const [again, rest] = transaction(6, { parts: 2, attempt: 2 });

function admitAll(
  history: History,
  records: readonly (JournalRecord | undefined)[],
): void {
  for (const record of records) if (record !== undefined) history.admit(record);
}

describe("records after transaction 5", () => {
  it.each([
    ["a transaction", transaction(6), 6],
    ["a transaction in parts", [first, second, third], 6],
    ["half a transaction", [first, second], 5],
    ["an attempt begun again", [first, second, again, rest], 6],
    ["the same attempt begun again", [first, second, first, second, third], 6],
    ["progress, then a transaction", [progressAfter(5), ...transaction(6)], 6],
    ["shapes between parts", [first, shapeRecord, second, third], 6],
    [
      "half of it, progress, the whole",
      [first, progressAfter(5), again, rest],
      6,
    ],
  ])("may be %s", (_, records, head) => {
    const history = historyAt(5);
    admitAll(history, records);
    expect(history.head).toMatchObject(startAt(head));
  });

  it.each([
    ["the same transaction", transaction(5)],
    ["one too many", transaction(7)],
    ["a later part first", [second]],
    ["a part left out", [first, third]],
    ["a part twice", [first, second, second]],
    ["another attempt's part", [first, rest]],
    ["a part after progress", [first, progressAfter(5), second]],
    ["a part after its end", [...transaction(6), second]],
    ["progress after another transaction", [progressAfter(4)]],
  ])("may not be %s", (_, records) => {
    expect(() => admitAll(historyAt(5), records)).toThrow(RangeError);
  });

  it("never move progress back", () => {
    const history = historyAt(5);
    admitAll(history, [progressAfter(5, 20n), progressAfter(5, 3n)]);
    expect(history.head).toMatchObject({
      progressedTo: progressAfter(5, 20n).position,
      progressedAt: progressAfter(5, 20n).at,
    });
    admitAll(history, transaction(6));
    expect(history.head.progressedTo).toEqual(startAt(6).position);
    // The sample's commit time is earlier than the progress before it was.
    expect(history.head.progressedAt).toBe(progressAfter(5, 20n).at);
  });

  it("leave the history that they were tried on a copy of", () => {
    const history = historyAt(5);
    admitAll(history.fork(), transaction(6));
    expect(history.head.seq).toBe(5);
  });
});
