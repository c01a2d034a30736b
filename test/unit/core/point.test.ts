import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatPoint,
  parsePoint,
  type Point,
} from "../../../src/core/point.ts";
import { lsnPosition } from "../../../src/core/position.ts";
import { caught } from "../../support/caught.ts";

describe("a point is understood", () => {
  const cases: readonly (readonly [text: string, point: Point])[] = [
    ["latest", { kind: "latest" }],
    ["1970-01-01T00:00:01Z", { kind: "time", at: 1_000_000n }],
    ["1970-01-01T01:00:00.5+01:00", { kind: "time", at: 500_000n }],
    ["0s-ago", { kind: "ago", micros: 0n }],
    ["90s-ago", { kind: "ago", micros: 90_000_000n }],
    ["10m-ago", { kind: "ago", micros: 600_000_000n }],
    ["3h-ago", { kind: "ago", micros: 10_800_000_000n }],
    ["365250d-ago", { kind: "ago", micros: 365_250n * 86_400_000_000n }],
    ["7d-ago", { kind: "ago", micros: 604_800_000_000n }],
    ["seq:0", { kind: "seq", seq: 0 }],
    ["seq:812", { kind: "seq", seq: 812 }],
    ["before:1", { kind: "before", seq: 1 }],
    ["before:812", { kind: "before", seq: 812 }],
    [
      "position:0/16B3748",
      { kind: "position", position: lsnPosition(0x16b3748n) },
    ],
    [
      "position:a/0",
      { kind: "position", position: lsnPosition(0xa_0000_0000n) },
    ],
    ["marker:before-release", { kind: "marker", name: "before-release" }],
    ["marker:2026.11:v1@prod+x", { kind: "marker", name: "2026.11:v1@prod+x" }],
    ["marker:latest", { kind: "marker", name: "latest" }],
  ];
  test.each(cases)("%s", (text, point) => {
    expect(parsePoint(text)).toEqual(point);
  });
});

describe("what is not a point is refused", () => {
  test.each([
    "",
    " latest",
    "LATEST",
    "now",
    "yesterday",
    "10m",
    "-10m-ago",
    "10 m-ago",
    "1.5h-ago",
    "10M-ago",
    "10w-ago",
    "365251d-ago",
    `${"9".repeat(30)}s-ago`,
    "812",
    "seq:",
    "seq:-1",
    "seq:1.0",
    "seq:1e3",
    "seq:0x10",
    "seq: 1",
    "seq:9007199254740993",
    "before:0",
    "before:",
    "position:",
    "position:16B3748",
    "position:0/",
    "position:0/123456789",
    "position:G/0",
    "marker:",
    "marker:a b",
    "marker:a/b",
    `marker:${"x".repeat(201)}`,
    "Marker:x",
    "lsn:0/1",
    "2026-11-21",
    "2026-11-21T10:00:00",
    "2026-11-21 10:00",
    "26-11-21T10:00:00Z",
  ])("%j", async (text) => {
    const error = await caught(() => parsePoint(text));
    expect(error.code).toBe("USAGE");
    expect(error.hint).not.toBe(undefined);
  });
});

test("a bare local time is refused with the right form", async () => {
  const error = await caught(() => parsePoint("2026-11-21 10:00:00"));
  expect(error.hint).toContain("2026-11-21T10:00:00Z");
});

test("what is printed of a point is read as the same point", () => {
  const points: fc.Arbitrary<Point> = fc.oneof(
    fc.constant<Point>({ kind: "latest" }),
    fc
      .bigInt({ min: 0n, max: 253_402_300_799_999_999n })
      .map((at) => ({ kind: "time" as const, at })),
    fc
      .bigInt({ min: 0n, max: 1_000_000_000n })
      .map((s) => ({ kind: "ago" as const, micros: s * 1_000_000n })),
    fc.nat().map((seq) => ({ kind: "seq" as const, seq })),
    fc.nat().map((seq) => ({ kind: "before" as const, seq: seq + 1 })),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((lsn) => ({
      kind: "position" as const,
      position: lsnPosition(lsn),
    })),
    fc
      .stringMatching(/^[\w.:@+-]{1,200}$/)
      .map((name) => ({ kind: "marker" as const, name })),
  );
  fc.assert(
    fc.property(points, (point) => {
      expect(parsePoint(formatPoint(point))).toEqual(point);
    }),
  );
});
