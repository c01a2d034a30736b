import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatInstant, parseInstant } from "../../../src/core/instant.ts";
import { caught } from "../../support/caught.ts";

describe("an instant is printed with microseconds, in UTC", () => {
  test.each([
    [0n, "1970-01-01T00:00:00.000000Z"],
    [1n, "1970-01-01T00:00:00.000001Z"],
    [-1n, "1969-12-31T23:59:59.999999Z"],
    [-1_000_000n, "1969-12-31T23:59:59.000000Z"],
    [-1_000_001n, "1969-12-31T23:59:58.999999Z"],
    [1_795_255_200_123_456n, "2026-11-21T10:00:00.123456Z"],
    [951_782_400_000_000n, "2000-02-29T00:00:00.000000Z"],
  ])("%s", (at, text) => {
    expect(formatInstant(at)).toBe(text);
    expect(parseInstant(text)).toBe(at);
  });
});

describe("every spelling of RFC 3339 is read", () => {
  test.each([
    ["2026-11-21T10:00:00Z", 1_795_255_200_000_000n],
    ["2026-11-21t10:00:00z", 1_795_255_200_000_000n],
    ["2026-11-21 10:00:00Z", 1_795_255_200_000_000n],
    ["2026-11-21T12:00:00+02:00", 1_795_255_200_000_000n],
    ["2026-11-21T04:30:00-05:30", 1_795_255_200_000_000n],
    ["2026-11-21T10:00:00.1Z", 1_795_255_200_100_000n],
    ["2026-11-21T10:00:00.000001Z", 1_795_255_200_000_001n],
  ])("%s", (text, at) => {
    expect(parseInstant(text)).toBe(at);
  });
});

test("digits beyond microseconds are dropped, never rounded up", () => {
  expect(parseInstant("1970-01-01T00:00:00.9999999Z")).toBe(999_999n);
});

describe("what is no instant is refused", () => {
  test.each([
    "",
    "2026-11-21",
    "2026-11-21T10:00:00",
    "2026-11-21T10:00Z",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2025-02-29T00:00:00Z",
    "2026-11-31T00:00:00Z",
    "2026-11-21T25:00:00Z",
    "2026-11-21T24:00:00Z",
    "2026-11-21T23:59:60Z",
    "2026-11-21T10:60:00Z",
    "2026-11-21T10:00:00+0200",
    "2026-11-21T10:00:00+25:00",
    "2026-11-21T10:00:00 Z",
    "2026-11-21T10:00:00.Z",
    "1795255200",
    "2026-11-21T10:00:00ZZ",
  ])("%j", async (text) => {
    expect((await caught(() => parseInstant(text))).code).toBe("USAGE");
  });
});

test("a time without a zone is answered with the form that has one", async () => {
  for (const [local, shown] of [
    ["2026-11-21", "2026-11-21T00:00:00Z"],
    ["2026-11-21 10:00", "2026-11-21T10:00:00Z"],
    ["2026-11-21t10:00:01.5", "2026-11-21T10:00:01.5Z"],
  ] as const) {
    const error = await caught(() => parseInstant(local));
    expect(error.hint).toContain(` ${shown} `);
    // What is shown is taken.
    parseInstant(shown);
  }
});

test("text order is time order, and what is printed is read back", () => {
  const instants = fc.bigInt({ min: 0n, max: 253_402_300_799_999_999n });
  fc.assert(
    fc.property(instants, instants, (a, b) => {
      expect(formatInstant(a) < formatInstant(b)).toBe(a < b);
      expect(parseInstant(formatInstant(a))).toBe(a);
    }),
  );
});
