import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Murmur128 } from "../../../src/format/murmur128.ts";
import { RowDigest } from "../../../src/format/row-digest.ts";

function murmur(bytes: Buffer): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hash = new Murmur128();
  hash.finish(view, hash.blocks(view, 0, bytes.length), bytes.length);
  return [hash.h1, hash.h2, hash.h3, hash.h4]
    .map((word) => (word >>> 0).toString(16).padStart(8, "0"))
    .join("");
}

function digest(chunks: readonly Buffer[]) {
  const rows = new RowDigest();
  for (const chunk of chunks) rows.add(chunk);
  return rows.finish();
}

const line = fc
  .uint8Array({ maxLength: 70 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 10 ? 32 : byte))));

describe("MurmurHash3_x86_128", () => {
  it("gives the published value", () => {
    const text = "I will not buy this tobacconist's, it is scratched.";
    expect(murmur(Buffer.from(text))).toBe("9b5b7ba2ef3f7866889adeaf00f3f98e");
  });
});

describe("row digest", () => {
  it("is the sum of the lines' hashes, wherever chunks are cut and however lines are ordered", () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (lines, cuts) => {
          const sum = lines.reduce(
            (total, bytes) => total + BigInt(`0x${murmur(bytes)}`),
            0n,
          );
          const expected = {
            rows: lines.length,
            digest: (sum % (1n << 128n)).toString(16).padStart(32, "0"),
          };
          const newline = Buffer.from("\n");
          const text = (of: readonly Buffer[]) =>
            Buffer.concat(of.flatMap((bytes) => [bytes, newline]));
          const all = text(lines);
          const places = cuts
            .map((cut) => cut % (all.length + 1))
            .sort((a, b) => a - b);
          const chunks = [0, ...places].map((from, n) =>
            all.subarray(from, places[n] ?? all.length),
          );
          expect(digest(chunks)).toEqual(expected);
          expect(digest([text(lines.toReversed())])).toEqual(expected);

          const half = Math.floor(lines.length / 2);
          const one = new RowDigest();
          one.add(text(lines.slice(0, half)));
          const other = new RowDigest();
          other.add(text(lines.slice(half)));
          one.merge(other);
          expect(one.finish()).toEqual(expected);
        },
      ),
    );
  });

  it("tells a row twice from none, and two rows from one that is both", () => {
    const digests = ["", "a\na\n", "a\n", "aa\n", "b\n", "\n", "\n\n"].map(
      (text) => JSON.stringify(digest([Buffer.from(text)])),
    );
    expect(new Set(digests).size).toBe(digests.length);
  });

  it("refuses to end inside a row", () => {
    expect(() => digest([Buffer.from("a\nb")])).toThrow(RangeError);
  });
});
