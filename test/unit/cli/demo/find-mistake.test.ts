import { expect, test } from "vitest";
import {
  excerpt,
  largestTransaction,
  parseLog,
  userOf,
} from "../../../../src/cli/demo/find-mistake.ts";

const context = (user: unknown) => ({ kind: "context", body: { user } });
const line = (seq: number, rows: number, events: unknown[] = []) =>
  JSON.stringify({ seq, rows, committedAt: "", events });
const END = '{"tidemark":1,"command":"log","end":true,"records":3}';

test("the largest transaction stands out, whoever else was there", () => {
  const log = parseLog(
    `${line(1, 2)}\n${line(2, 900, [context("sam")])}\n${line(3, 4)}\n${END}\n`,
  );
  expect(log).toHaveLength(3);
  const largest = largestTransaction(log);
  expect(largest?.seq).toBe(2);
  expect(largest && userOf(largest)).toBe("sam");
});

test("an empty log has none, and a transaction may have no user", () => {
  expect(largestTransaction(parseLog(`${END}\n`))).toBeUndefined();
  const [only] = parseLog(line(1, 1, [{ kind: "context", body: "a note" }]));
  expect(only && userOf(only)).toBeUndefined();
});

test("an excerpt keeps the heading and says what it leaves out", () => {
  const lines = ["HEAD", ...Array.from({ length: 9 }, (_, n) => `line ${n}`)];
  const cut = (matters: string) =>
    excerpt(`${lines.join("\n")}\n`, (each) => each === matters).split("\n");
  expect(cut("line 4")).toEqual([
    "HEAD",
    "… 2 lines",
    ...["line 2", "line 3", "line 4", "line 5", "line 6"],
    "… 2 lines",
  ]);
  expect(cut("line 0")).toEqual([
    ...["HEAD", "line 0", "line 1", "line 2"],
    "… 6 lines",
  ]);
  expect(cut("line 8")).toEqual([
    ...["HEAD", "… 6 lines", "line 6", "line 7", "line 8"],
  ]);
});
