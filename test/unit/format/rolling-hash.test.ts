import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  ContentHash,
  ZERO_HASH,
  rolling,
  type TransactionTail,
} from "../../../src/format/rolling-hash.ts";

const tail: TransactionTail = {
  xid: "771",
  position: "0/16B3748",
  rawCommittedAt: 1_795_243_242_857_389n,
  tables: [
    { table: 16_419, shape: "00112233445566778899aabbccddeeff" },
    { table: 2 ** 40, shape: "ffeeddccbbaa99887766554433221100" },
  ],
};

/** docs/formats.md, word by word. */
function contentByDefinition(items: Buffer): string {
  const integer = (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(value);
    return bytes;
  };
  const text = (value: string) => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(Buffer.byteLength(value));
    return Buffer.concat([size, Buffer.from(value)]);
  };
  const hash = createHash("sha256");
  hash.update("tidemark.transaction.1\0");
  hash.update(items);
  hash.update(integer(BigInt(items.length)));
  hash.update(integer(tail.rawCommittedAt));
  hash.update(text(tail.xid));
  hash.update(text(tail.position));
  for (const { table, shape } of tail.tables) {
    hash.update(integer(BigInt(table)));
    hash.update(Buffer.from(shape, "hex"));
  }
  return hash.digest("hex");
}

describe("the content hash of a transaction", () => {
  const sizes = [0, 1, 100, 65_536, 65_537, 130_000, 300_000, 1_000_000];

  it.each(sizes)("is what the definition says, for %i bytes", (size) => {
    const items = Buffer.alloc(size, "abc");
    const hash = new ContentHash();
    hash.add(items);
    expect(hash.finish(tail)).toBe(contentByDefinition(items));
  });

  it.each(sizes)("does not depend on parts, for %i bytes", (size) => {
    const items = Buffer.alloc(size, "0123456789");
    const hash = new ContentHash();
    for (let at = 0; at < size; at += 40_000) {
      hash.add(items.subarray(at, at + 40_000));
    }
    expect(hash.finish(tail)).toBe(contentByDefinition(items));
  });

  it("gives each its own, one after the other", () => {
    const large = Buffer.alloc(300_000, "c");
    const each = [Buffer.from("a"), large, Buffer.from("b"), large];
    const hash = new ContentHash();
    const all = each.map((items) => {
      hash.add(items);
      return hash.finish(tail);
    });
    expect(all).toEqual(each.map(contentByDefinition));
  });
});

describe("the rolling hash", () => {
  it("remembers nothing of the one computed before", () => {
    const alone = rolling(ZERO_HASH, "04".repeat(32));
    rolling(alone, "09".repeat(32));
    expect(rolling(ZERO_HASH, "04".repeat(32))).toBe(alone);
  });

  it("is the first half of SHA-256 over the one before and the content", () => {
    const content = Buffer.alloc(32, 7);
    const expected = createHash("sha256")
      .update(Buffer.alloc(16))
      .update(content)
      .digest("hex")
      .slice(0, 32);
    expect(rolling(ZERO_HASH, content.toString("hex"))).toBe(expected);
  });
});
