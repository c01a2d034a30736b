import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JournalRecord } from "../../../src/core/journal-record.ts";
import { formatPosition, lsnPosition } from "../../../src/core/position.ts";
import { createSegmentSpool } from "../../../src/archive/segment-writer.ts";
import { event, ORDERS_SHAPE } from "../../support/sample-orders.ts";
import { sampleParts, samplePosition } from "../../support/sample-records.ts";
import {
  insert,
  link,
  spoolIn,
  storedHistory,
  users,
} from "../../support/sample-segment.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

describe("segment spool", () => {
  it("says of its transactions what a plan needs", async () => {
    await using folder = await tempDirectory();
    const { finished } = await storedHistory(folder.path);
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
          shape: ORDERS_SHAPE.id,
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
