import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { shortCrc32 } from "../../../../../src/engine/mysql/source/short-crc32.ts";

test("is zlib's, signed, for every length and place", () => {
  const bytes = randomBytes(300);
  for (let start = 0; start < 9; start++) {
    for (let end = start; end <= bytes.length; end++) {
      expect(
        shortCrc32(bytes, start, end),
        `${start} to ${end} of ${bytes.toString("hex")}`,
      ).toBe(crc32(bytes.subarray(start, end)) | 0);
    }
  }
});
