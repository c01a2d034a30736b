import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatLsn,
  formatPosition,
  isAtOrBefore,
  isSamePosition,
  logBytesBetween,
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

const UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

describe("a place in a binlog is spelled so that it comes back", () => {
  test.each([
    "binlog.000012:4567",
    "my-bin.name.1000000:9007199254740991",
    `binlog.000012:4567;gtid=${UUID}:1-5:7,${UUID}:night:1-3`,
    "mariadb-bin.000012:4567;gtid=0-1-100,1-1-3;xa=mariadb-bin.000011:4",
    "binlog.000012:4567;gtid=",
  ])("%s", (text) => {
    expect(formatPosition(parsePosition(text))).toBe(text);
  });
});

describe("no position is", () => {
  test.each([
    "",
    "binlog:4",
    "binlog.000001",
    "binlog.000001:x",
    "binlog.000001:4;gtid=x",
    "binlog.000001:4;xa=x",
    "binlog.000001:4;gtid=0-1-1;gtid=0-1-1",
    "binlog.000001:4;more=1",
  ])("%s", async (text) => {
    expect((await caught(() => parsePosition(text))).code).toBe("USAGE");
  });
});

test("places of one binlog are ordered by file and offset, whatever their names' length", () => {
  const order = [
    "b.000009:999",
    "b.000010:4",
    "b.000010:5",
    "b.999999:4",
    "b.1000000:4",
  ].map(parsePosition);
  order.forEach((a, i) =>
    order.forEach((b, j) => expect(isAtOrBefore(a, b)).toBe(i <= j)),
  );
});

test("a set of GTIDs asked for stands behind what it contains", () => {
  const at = parsePosition(`b.000001:9;gtid=${UUID}:1-5`);
  const until = (last: number) => parsePosition(`${UUID}:1-${last}`);
  expect(isAtOrBefore(at, until(5))).toBe(true);
  expect(isAtOrBefore(at, until(4))).toBe(false);
  expect(isAtOrBefore(until(5), at)).toBe(true);
  expect(isAtOrBefore(until(6), at)).toBe(false);
});

test("positions that have no order are refused", async () => {
  const lsn = parsePosition("0/1");
  const binlog = parsePosition("b.000001:4");
  const gtids = parsePosition(`${UUID}:1`);
  for (const [a, b] of [
    [lsn, binlog],
    [binlog, lsn],
    [lsn, gtids],
    [gtids, lsn],
    [binlog, gtids],
  ] as const) {
    expect((await caught(() => isAtOrBefore(a, b))).code).toBe("USAGE");
  }
});

test("bytes of log between two places are known within a file", () => {
  const between = (a: string, b: string) =>
    logBytesBetween(parsePosition(a), parsePosition(b));
  expect(between("0/1", "0/11")).toBe(16);
  expect(between("b.000001:10", "b.000001:4")).toBe(-6);
  expect(between("b.000001:10", "b.000002:4")).toBeUndefined();
});
