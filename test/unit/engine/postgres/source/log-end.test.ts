import { describe, expect, it } from "vitest";
import { reachableEnd } from "../../../../../src/engine/postgres/source/log-end.ts";

const sizes = { page: 8192, segment: 16 * 1024 * 1024 };
const segment = BigInt(sizes.segment);

describe("the end of the log that a reader can come to", () => {
  it.each([
    ["within a page", 3n * 8192n + 4000n, 3n * 8192n + 4000n],
    ["where a page is full", 3n * 8192n + 24n, 3n * 8192n],
    ["where a segment is full", 5n * segment + 40n, 5n * segment],
    ["behind the rest of a record, 16 bytes", 8192n + 40n, 8192n + 40n],
    ["on a page's edge", 8192n, 8192n],
  ])("%s", (_where, insert, end) => {
    expect(reachableEnd(insert, sizes)).toBe(end);
  });
});
