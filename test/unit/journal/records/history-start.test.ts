import { expect, it } from "vitest";
import {
  decodeHistoryStart,
  encodeHistoryStart,
} from "../../../../src/journal/records/history-start.ts";
import { startAt } from "../../../support/journal-samples.ts";

it("a history's start is read back, with and without an unfinished transaction", () => {
  const { position, committedAt, ...rest } = startAt(812);
  const head = {
    ...rest,
    position,
    committedAt,
    progressedTo: startAt(813).position,
    progressedAt: committedAt + 1n,
  };
  for (const unfinished of [undefined, { attempt: 2 ** 46 + 1, parts: 17 }]) {
    const bytes = encodeHistoryStart({ head, unfinished });
    expect(decodeHistoryStart(bytes)).toEqual({ head, unfinished });
  }
});

it.each([
  "",
  "null",
  "{}",
  '{"seq":-1}',
  '{"seq":1,"position":"0/0","committedAt":"yesterday"}',
])("a history's start is refused: %s", (text) => {
  expect(() => decodeHistoryStart(Buffer.from(text))).toThrow();
});
