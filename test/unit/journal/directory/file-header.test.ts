import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { expect, it } from "vitest";
import {
  decodeFileHeader,
  encodeFileHeader,
} from "../../../../src/journal/directory/file-header.ts";
import {
  journalFileName,
  parseJournalFileName,
} from "../../../../src/journal/directory/file-name.ts";

const header = {
  salt: randomBytes(16),
  firstFrame: 2 ** 40 + 3,
  firstSeq: 2 ** 50 + 1,
  history: 17,
};

it("a file header is read back", () => {
  const bytes = encodeFileHeader(header);
  expect(bytes.length).toBe(64);
  expect(decodeFileHeader(bytes, "x")).toEqual(header);
});

it("a file header with any bit changed is damaged", () => {
  const bytes = encodeFileHeader(header);
  for (let bit = 0; bit < 64 * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => decodeFileHeader(changed, "x"), `bit ${bit}`).toThrow(
      expect.objectContaining({ code: "JOURNAL_DAMAGED" }),
    );
  }
  for (let size = 0; size < 64; size++) {
    expect(() => decodeFileHeader(bytes.subarray(0, size), "x")).toThrow(
      expect.objectContaining({ code: "JOURNAL_DAMAGED" }),
    );
  }
});

it("a file of a newer format is said to be that", () => {
  const bytes = encodeFileHeader(header);
  bytes.writeUInt32LE(2, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  expect(() => decodeFileHeader(bytes, "x")).toThrow(
    expect.objectContaining({ code: "FORMAT_TOO_NEW" }),
  );
});

it("a file is named by its first frame", () => {
  expect(journalFileName(42)).toBe("00000000000000000042.journal");
  expect(parseJournalFileName("00000000000000000042.journal")).toBe(42);
  for (const name of ["42.journal", "lock.sqlite", "work", "x.journal"])
    expect(parseJournalFileName(name)).toBeUndefined();
});
