import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Change } from "../../../src/core/change.ts";
import type { JournalRecord } from "../../../src/core/journal-record.ts";
import { formatPosition, lsnPosition } from "../../../src/core/position.ts";
import type { Shape } from "../../../src/core/shape.ts";
import { openSegment } from "../../../src/archive/segment-reader.ts";
import {
  createSegmentSpool,
  type FinishedSegment,
} from "../../../src/archive/segment-writer.ts";
import { decodeBlock } from "../../../src/format/container-block.ts";
import { encodeJournalRecord } from "../../../src/format/journal-record.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import {
  sampleHash,
  sampleParts,
  samplePosition,
  sampleRow,
  sampleShape,
} from "../../support/sample-records.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const never = new AbortController().signal;
const orders = sampleShape({
  table: 16390,
  name: "orders",
  identity: "KEY",
  columns: ["id*", "note"],
});
const users = sampleShape({
  table: 16400,
  name: "users",
  identity: "KEY",
  columns: ["id*"],
});

function link(seq: number) {
  const position = formatPosition(lsnPosition(samplePosition(seq)));
  return { seq, position, rollingHash: sampleHash(seq) };
}

async function spoolIn(
  folder: string,
  options: { before?: number; fullBytes?: number } = {},
) {
  return createSegmentSpool({
    path: join(folder, "spool.avro"),
    incarnation: 1,
    before: link(options.before ?? 0),
    shapes: new Map<string, Shape>(),
    fullBytes: options.fullBytes ?? 1 << 30,
  });
}

function insert(ref: number, ...values: string[]): Change {
  return { kind: "insert", ref, after: sampleRow(...values) };
}

function event(
  kind: Extract<Change, { kind: "event" }>["event"],
  name: string,
  body: unknown,
): Change {
  return {
    kind: "event",
    event: kind,
    name,
    body: Buffer.from(JSON.stringify(body)),
  };
}

const history: JournalRecord[] = [
  { kind: "shape", shape: users },
  { kind: "shape", shape: orders },
  ...sampleParts({
    seq: 5,
    shapes: [orders],
    parts: [[insert(0, "1", "a"), insert(0, "2", "b")], [insert(0, "3", "c")]],
  }),
  ...sampleParts({
    seq: 6,
    shapes: [users, orders],
    parts: [
      [
        insert(0, "u"),
        {
          kind: "update",
          ref: 1,
          old: { kind: "none" },
          after: sampleRow("1", "z"),
        },
        {
          kind: "truncate",
          refs: [0, 1],
          cascade: false,
          restartIdentity: true,
        },
        event("marker", "before-release", {}),
        event("context", "tidemark.context", { user: "alice" }),
        event("ddl", "ALTER TABLE", { tag: "ALTER TABLE", tables: [16390] }),
        event("ddl", "GRANT", { tag: "GRANT", tables: [] }),
        event("ddl", "DO", { tag: "DO", tables: null }),
      ],
    ],
    committedAt: 1_700_000_010_000_000n,
    rawCommittedAt: 1_700_000_003_000_000n,
  }),
  ...sampleParts({
    seq: 7,
    shapes: [orders],
    parts: [
      [
        {
          kind: "delete",
          ref: 0,
          old: { kind: "key", row: sampleRow("2", "NULL") },
        },
      ],
    ],
    committedAt: 1_700_000_010_000_000n,
    rawCommittedAt: 1_700_000_002_000_000n,
  }),
  ...sampleParts({ seq: 8, shapes: [users], parts: [[insert(0, "v")]] }),
  {
    kind: "progress",
    afterSeq: 8,
    incarnation: 1,
    position: lsnPosition(samplePosition(9)),
    at: 1_700_000_020_000_000n,
  },
];

async function finishHistory(folder: string): Promise<{
  finished: FinishedSegment;
  store: MemoryStore;
}> {
  await using spool = await spoolIn(folder, { before: 4 });
  expect(await spool.add(history)).toBe(history.length);
  const finished = await spool.finish();
  const store = new MemoryStore();
  const body = {
    kind: "file",
    path: finished.path,
    sizeBytes: finished.object.bytes,
    sha256: finished.object.sha256,
  } as const;
  await store.create("s/segments/1/x.avro", body, never);
  return { finished, store };
}

describe("segment spool", () => {
  it("says of its transactions what a plan needs", async () => {
    await using folder = await tempDirectory();
    const { finished } = await finishHistory(folder.path);
    expect(finished.object.records).toBe(8);
    expect(finished.summary).toEqual({
      incarnation: 1,
      first: {
        seq: 5,
        committedAt: "2023-11-14T22:13:20.000005Z",
        rawCommittedAt: "2023-11-14T22:13:20.000005Z",
      },
      last: {
        ...link(8),
        committedAt: "2023-11-14T22:13:20.000008Z",
        rawCommittedAt: "2023-11-14T22:13:20.000008Z",
        xid: "1008",
      },
      before: link(4),
      reread: link(7),
      progress: {
        position: formatPosition(lsnPosition(samplePosition(9))),
        at: "2023-11-14T22:13:40.000000Z",
      },
      tables: [
        {
          table: 16390,
          shape: orders.id,
          namespace: "public",
          name: "orders",
          firstSeq: 5,
          lastSeq: 7,
          inserts: 3,
          updates: 1,
          deletes: 1,
          truncates: [6],
        },
        {
          table: 16400,
          shape: users.id,
          namespace: "public",
          name: "users",
          firstSeq: 6,
          lastSeq: 8,
          inserts: 2,
          updates: 0,
          deletes: 0,
          truncates: [6],
        },
      ],
      events: [
        { seq: 6, kind: "marker", name: "before-release" },
        { seq: 6, kind: "ddl", name: "ALTER TABLE", tables: [16390] },
        { seq: 6, kind: "ddl", name: "GRANT", tables: [] },
        { seq: 6, kind: "ddl", name: "DO", tables: null },
      ],
      clockBack: [
        {
          fromSeq: 6,
          throughSeq: 7,
          rawFrom: "2023-11-14T22:13:22.000000Z",
          rawThrough: "2023-11-14T22:13:23.000000Z",
          orderedAt: "2023-11-14T22:13:30.000000Z",
        },
      ],
    });
  });

  it("is readable alone: each shape stands before its first use, once", async () => {
    await using folder = await tempDirectory();
    const { finished, store } = await finishHistory(folder.path);
    const object = { key: "s/segments/1/x.avro", ...finished.object };
    await using segment = await openSegment(
      { store, object, workFolder: folder.path },
      never,
    );
    const forward: JournalRecord[] = [];
    for await (const batch of segment.records(never)) forward.push(...batch);
    const known = new Set<string>();
    for (const record of forward) {
      if (record.kind === "shape") {
        expect(known.has(record.shape.id)).toBe(false);
        known.add(record.shape.id);
      } else if (record.kind === "part") {
        for (const touched of record.header.tables)
          expect(known.has(touched.shape)).toBe(true);
      }
    }
    expect(known).toEqual(new Set([orders.id, users.id]));
    const bytesOf = (records: readonly JournalRecord[]) =>
      records
        .filter((record) => record.kind !== "shape")
        .map((record) =>
          Buffer.from(encodeJournalRecord(record)).toString("hex"),
        );
    expect(bytesOf(forward)).toEqual(bytesOf(history));
    const backward: JournalRecord[] = [];
    for await (const block of segment.blocksBackward(never))
      backward.push(...(await decodeBlock(block)).toReversed());
    expect(bytesOf(backward)).toEqual(bytesOf(history).toReversed());
  });

  it("is full only between two transactions and leaves the rest to the next", async () => {
    await using folder = await tempDirectory();
    await using spool = await spoolIn(folder.path, { fullBytes: 200_000 });
    const records: JournalRecord[] = [{ kind: "shape", shape: users }];
    for (let seq = 1; seq <= 40; seq++) {
      const parts = [0, 1, 2].map(() => [
        insert(0, randomBytes(40_000).toString("hex")),
      ]);
      records.push(...sampleParts({ seq, shapes: [users], parts }));
    }
    const taken = await spool.add(records);
    expect(taken).toBeLessThan(records.length);
    expect((taken - 1) % 3).toBe(0);
    expect(spool.isFull).toBe(true);
    expect(spool.lastSeq).toBe((taken - 1) / 3);
    const { summary } = await spool.finish();
    expect(summary.last.seq).toBe((taken - 1) / 3);
  });

  it("is cut at the next boundary when its time is up", async () => {
    await using folder = await tempDirectory();
    await using spool = await spoolIn(folder.path);
    const parts = sampleParts({
      seq: 1,
      shapes: [users],
      parts: [[insert(0, "a")], [insert(0, "b")]],
    });
    const next = sampleParts({
      seq: 2,
      shapes: [users],
      parts: [[insert(0, "c")]],
    });
    await spool.add([{ kind: "shape", shape: users }, ...parts.slice(0, 1)]);
    spool.cutSoon();
    expect(spool.isFull).toBe(false);
    expect(await spool.add([...parts.slice(1), ...next])).toBe(1);
    expect(spool.isFull).toBe(true);
  });

  it.each([
    ["a missing transaction", { seq: 3 }, "JOURNAL_GAP"],
    ["another incarnation", { seq: 2, incarnation: 2 }, "JOURNAL_GAP"],
    ["a repeated transaction", { seq: 1 }, "JOURNAL_GAP"],
  ])("refuses %s", async (_, next, code) => {
    await using folder = await tempDirectory();
    await using spool = await spoolIn(folder.path);
    const make = (fields: { seq: number; incarnation?: number }) =>
      sampleParts({
        shapes: [users],
        parts: [[insert(0, "a")]],
        ...fields,
      });
    await spool.add([{ kind: "shape", shape: users }, ...make({ seq: 1 })]);
    await expect(spool.add(make(next))).rejects.toMatchObject({ code });
  });

  it("refuses to end inside a transaction, an unknown shape and a DDL event without tables", async () => {
    await using folder = await tempDirectory();
    await using spool = await spoolIn(folder.path);
    const [first] = sampleParts({
      seq: 1,
      shapes: [users],
      parts: [[insert(0, "a")], [insert(0, "b")]],
    });
    if (first === undefined) throw new Error("no part");
    await expect(spool.add([first])).rejects.toMatchObject({
      code: "JOURNAL_DAMAGED",
    });
    await using other = await createSegmentSpool({
      path: join(folder.path, "other.avro"),
      incarnation: 1,
      before: link(0),
      shapes: new Map([[users.id, users]]),
      fullBytes: 1,
    });
    await other.add([first]);
    await expect(other.finish()).rejects.toMatchObject({ code: "INTERNAL" });
    await using third = await createSegmentSpool({
      path: join(folder.path, "third.avro"),
      incarnation: 1,
      before: link(0),
      shapes: new Map(),
      fullBytes: 1,
    });
    const ddl = sampleParts({
      seq: 1,
      shapes: [],
      parts: [[event("ddl", "X", { tag: "X" })]],
    });
    await expect(third.add(ddl)).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
    });
  });
});

describe("segment reader", () => {
  it("refuses bytes that the catalog does not name before it reads a record", async () => {
    await using folder = await tempDirectory();
    const { finished, store } = await finishHistory(folder.path);
    const key = "s/segments/1/x.avro";
    const good = store.objects.get(key);
    if (good === undefined) throw new Error("no object");
    const flipped = Uint8Array.from(good);
    flipped[200] = (flipped[200] ?? 0) ^ 1; // inside the schema: harmless to a decoder
    const open = () =>
      openSegment(
        {
          store,
          object: { key, ...finished.object },
          workFolder: folder.path,
        },
        never,
      );
    const longer = Buffer.concat([good, Buffer.from([0])]);
    for (const bytes of [flipped, good.subarray(0, -1), longer]) {
      store.objects.set(key, bytes);
      await expect(open()).rejects.toMatchObject({
        code: "ARCHIVE_DAMAGED",
        details: { object: key },
      });
    }
    store.objects.set(key, good);
    await using segment = await open();
    expect(segment).toBeDefined();
  });

  it("reads a segment that is too large for memory from a working file, and removes it", async () => {
    await using folder = await tempDirectory();
    await using spool = await spoolIn(folder.path);
    const records: JournalRecord[] = [{ kind: "shape", shape: users }];
    for (let seq = 1; seq <= 3; seq++) {
      const noise = randomBytes(12 * 1024 * 1024);
      const after = [Buffer.concat([noise, noise.map((byte) => byte ^ 0x55)])];
      const change: Change = { kind: "insert", ref: 0, after };
      records.push(...sampleParts({ seq, shapes: [users], parts: [[change]] }));
    }
    await spool.add(records);
    const { object, path } = await spool.finish();
    expect(object.bytes).toBeGreaterThan(64 * 1024 * 1024);
    const store = new MemoryStore();
    const key = "large.avro";
    const { bytes: sizeBytes, sha256 } = object;
    const body = { kind: "file", path, sizeBytes, sha256 } as const;
    await store.create(key, body, never);
    await using work = await tempDirectory();
    const seqs: number[] = [];
    {
      await using segment = await openSegment(
        { store, object: { key, ...object }, workFolder: work.path },
        never,
      );
      for await (const block of segment.blocksBackward(never))
        for (const record of await decodeBlock(block))
          if (record.kind === "part") seqs.push(record.header.seq);
    }
    expect(seqs).toEqual([3, 2, 1]);
    expect(await readdir(work.path)).toEqual([]);
  });
});
