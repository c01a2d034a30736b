import { expect, test } from "vitest";
import { lsnPosition } from "../../../src/core/position.ts";
import { TransactionChain } from "../../oracle/archive-reader.ts";

type Part = readonly [seq: number, part: number, attempt: number, end?: bigint];

function check(parts: readonly Part[], next: number): void {
  const chain = new TransactionChain({
    seq: 4,
    position: "0/10",
    rollingHash: "",
  });
  for (const [seq, part, attempt, end] of parts) {
    const commit =
      end === undefined ? undefined : { position: lsnPosition(end) };
    chain.add({ seq, part, attempt, commit });
  }
  chain.expect(next);
}

test("whole transactions in order are a chain", () => {
  check(
    [
      [5, 0, 1, 0x20n],
      [6, 0, 2],
      [6, 1, 2, 0x30n],
    ],
    7,
  );
});

test.each<[string, readonly Part[], number, RegExp]>([
  ["missing", [[6, 0, 1, 0x20n]], 7, /6\.0 stands where 5\.0 belongs/],
  [
    "doubled",
    [
      [5, 0, 1, 0x20n],
      [5, 0, 1, 0x20n],
    ],
    6,
    /5\.0 stands where 6\.0 belongs/,
  ],
  ["cut off", [[5, 0, 1]], 6, /5 has no end/],
  [
    "of two attempts",
    [
      [5, 0, 1],
      [5, 1, 2, 0x20n],
    ],
    6,
    /another attempt/,
  ],
  ["out of order", [[5, 0, 1, 0x10n]], 6, /at or before/],
  ["less than its entry says", [[5, 0, 1, 0x20n]], 7, /7 follows 5/],
])("a transaction that is %s is seen", (...[, parts, next, message]) => {
  expect(() => check(parts, next)).toThrow(message);
});
