import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change } from "../../../../../src/core/change.ts";
import { decodeChanges } from "../../../../../src/format/change-codec.ts";
import {
  changesOf,
  openDecoder,
  type PartItem,
} from "../../../../support/decode-stream.ts";
import {
  beginMessage,
  commitMessage,
  deleteMessage,
  insertMessage,
  logicalMessage,
  relationMessage,
  truncateMessage,
  updateMessage,
} from "../../../../support/pgoutput-messages.ts";

const PART_BYTES = 256 * 1024;

function table(oid: number, columns: readonly string[] = ["id*", "note"]) {
  return relationMessage({ oid, name: `t${oid}`, columns });
}

/** One row of `bytes` bytes. */
const insert = (oid: number, bytes: number) =>
  insertMessage(oid, ["1", "x".repeat(bytes)]);

test("a part is cut at the first change beyond 256 KiB", () => {
  const { decode } = openDecoder();
  const messages = Array.from({ length: 100 }, () => insert(1, 10_000));
  const parts = decode(
    beginMessage(9),
    table(1),
    ...messages,
    commitMessage(16n),
  );
  expect(parts.map(({ part }) => part)).toEqual([0, 1, 2, 3]);
  for (const { items, commit, xid } of parts.slice(0, -1)) {
    expect(items.bytes.length).toBeGreaterThanOrEqual(PART_BYTES);
    expect(items.bytes.length).toBeLessThan(PART_BYTES + 10_100);
    expect(commit).toBeUndefined();
    expect(xid).toBe("9");
  }
  expect(parts.at(-1)?.commit).toBeDefined();
  expect(changesOf(parts)).toHaveLength(100);
});

test("one row larger than a part is a part", () => {
  const { decode } = openDecoder();
  const parts = decode(
    beginMessage(1),
    table(1),
    insert(1, 5),
    insert(1, 3_000_000),
    insert(1, 5),
    commitMessage(16n),
  );
  expect(parts.map(({ items }) => items.count)).toEqual([2, 1]);
});

test("a transaction that ends with a cut has an empty last part with its commit", () => {
  const { decode } = openDecoder();
  const parts = decode(
    beginMessage(1),
    table(1),
    insert(1, PART_BYTES),
    commitMessage(16n),
  );
  expect(parts).toMatchObject([
    { part: 0, items: { count: 1 }, commit: undefined },
    { part: 1, items: { count: 0 }, tables: [], commit: {} },
  ]);
});

test("refs go on across parts, and each part names what it touches", () => {
  const { decode } = openDecoder();
  const parts = decode(
    beginMessage(1),
    table(1),
    table(2),
    table(3),
    insert(1, 10),
    insert(2, PART_BYTES),
    insert(3, 10),
    insert(2, PART_BYTES),
    insert(1, 10),
    logicalMessage("tidemark.context", "{}"),
    commitMessage(16n),
  );
  expect(
    parts.map(({ tables }) =>
      tables.map((one) => [one.ref, one.table, one.inserts]),
    ),
  ).toEqual([
    [
      [0, 1, 1],
      [1, 2, 1],
    ],
    [
      [1, 2, 1],
      [2, 3, 1],
    ],
    [[0, 1, 1]],
  ]);
});

test("refs begin anew in the next transaction", () => {
  const { decode } = openDecoder();
  decode(beginMessage(1), table(1), table(2), insert(1, 1), insert(2, 1));
  const parts = decode(
    commitMessage(16n),
    beginMessage(2),
    insert(2, 1),
    commitMessage(32n),
  );
  expect(parts[1]?.tables).toMatchObject([{ ref: 0, table: 2, inserts: 1 }]);
});

test("bytes given out stay as they are while more is written", () => {
  const { decode } = openDecoder();
  const seen: { readonly part: PartItem; readonly copy: Buffer }[] = [];
  decode(table(1));
  for (let xid = 1; xid <= 40; xid++) {
    const parts = decode(
      beginMessage(xid),
      insertMessage(1, [`${xid}`, `${xid % 10}`.repeat(60_000)]),
      commitMessage(BigInt(xid) * 16n),
    );
    const part = parts.at(-1);
    if (part !== undefined)
      seen.push({ part, copy: Buffer.from(part.items.bytes) });
  }
  expect(seen).toHaveLength(40);
  for (const { part, copy } of seen)
    expect(copy.equals(part.items.bytes)).toBe(true);
});

test("whatever a transaction holds, both readers see it, and the counts are right", () => {
  const columns = fc.integer({ min: 1, max: 3 });
  const value = fc.oneof(
    fc.constant(null),
    fc.string({ maxLength: 40 }),
    fc.integer({ min: 0, max: 90_000 }).map((size) => "y".repeat(size)),
  );
  const change = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.constant("insert"), columns, value) },
    { weight: 4, arbitrary: fc.tuple(fc.constant("update"), columns, value) },
    { weight: 3, arbitrary: fc.tuple(fc.constant("delete"), columns, value) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("truncate"), columns, value) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("describe"), columns, value) },
  );
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 1, maxLength: 60 }),
      (changes) => {
        const { decode } = openDecoder();
        decode(table(1), table(2), table(3), beginMessage(1));
        let width = 2;
        for (const [kind, oid, text] of changes) {
          const more = Array.from({ length: width - 2 }, () => null);
          const key = ["k", null, ...more];
          if (kind === "insert")
            decode(insertMessage(oid, ["k", text, ...more]));
          if (kind === "update")
            decode(
              updateMessage(oid, ["k", text, ...more], { kind: "K", row: key }),
            );
          if (kind === "delete")
            decode(deleteMessage(oid, { kind: "K", row: key }));
          if (kind === "truncate") decode(truncateMessage([1, 2, 3]));
          if (kind === "describe") {
            width++;
            const names = Array.from({ length: width - 2 }, (_, n) => `m${n}`);
            for (const each of [1, 2, 3])
              decode(table(each, ["id*", "note", ...names]));
          }
        }
        const parts = decode(commitMessage(16n));
        const made = changes.filter(([kind]) => kind !== "describe");
        const read = changesOf(parts);
        expect(read.map(({ kind }) => kind)).toEqual(
          made.map(([kind]) => kind),
        );
        for (const part of parts) {
          const own = decodeChanges(part.items.bytes);
          expect(own).toEqual(changesOf([part]));
          for (const { ref, ...counts } of part.tables) {
            expect(counts).toMatchObject({
              inserts: count(own, "insert", ref),
              updates: count(own, "update", ref),
              deletes: count(own, "delete", ref),
              truncates: count(own, "truncate", ref),
            });
          }
        }
        const refs = new Map(
          parts.flatMap(({ tables }) =>
            tables.map((one) => [one.ref, `${one.table} ${one.shape}`]),
          ),
        );
        expect([...refs.keys()].sort((a, b) => a - b)).toEqual(
          Array.from({ length: refs.size }, (_, ref) => ref),
        );
        expect(new Set(refs.values()).size).toBe(refs.size);
      },
    ),
    { numRuns: 60 },
  );
});

function count(changes: readonly Change[], kind: string, ref: number): number {
  return changes.filter((change) =>
    change.kind === "truncate"
      ? kind === "truncate" && change.refs.includes(ref)
      : change.kind === kind && change.kind !== "event" && change.ref === ref,
  ).length;
}
