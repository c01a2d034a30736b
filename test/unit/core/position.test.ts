import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatLsn,
  formatPosition,
  isAtOrBefore,
  isSamePosition,
  lsnPosition,
  parseLsn,
  parsePosition,
} from "../../../src/core/position.ts";
import { caught } from "../../support/caught.ts";

describe("a position is spelled as Postgres spells it", () => {
  test.each([
    [0n, "0/0"],
    [0x16b3748n, "0/16B3748"],
    [0x1_0000_0000n, "1/0"],
    [0xffff_ffff_ffff_ffffn, "FFFFFFFF/FFFFFFFF"],
    [0xa_0000_000bn, "A/B"],
  ])("%s", (lsn, text) => {
    expect(formatLsn(lsn)).toBe(text);
    expect(parsePosition(text)).toEqual(lsnPosition(lsn));
  });
});

test("small letters and leading zeros are read", () => {
  expect(parseLsn("00/016b3748")).toBe(0x16b3748n);
});

describe("what is no position is refused", () => {
  test.each([
    "",
    "0",
    "/",
    "0/",
    "/0",
    "0/G",
    "0 /0",
    "0/0 ",
    "0/123456789",
    "-1/0",
    "0x1/0",
  ])("%j", async (text) => {
    expect((await caught(() => parsePosition(text))).code).toBe("USAGE");
    expect(() => parseLsn(text)).toThrow(RangeError);
  });
});

test("order and equality are those of the numbers, whatever the text looks like", () => {
  const lsns = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(lsns, lsns, (a, b) => {
      const [first, second] = [lsnPosition(a), lsnPosition(b)];
      expect(isAtOrBefore(first, second)).toBe(a <= b);
      expect(isSamePosition(first, second)).toBe(a === b);
      expect(parsePosition(formatPosition(first))).toEqual(first);
    }),
  );
  expect(isAtOrBefore(parsePosition("9/0"), parsePosition("10/0"))).toBe(true);
});
