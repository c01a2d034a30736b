import { describe, expect, test } from "vitest";
import { UNCHANGED } from "../../../src/core/change.ts";
import { parsePoint } from "../../../src/core/point.ts";
import { contextFilter } from "../../../src/history/context-filter.ts";
import { resolveRange } from "../../../src/history/log-range.ts";
import { RowKey } from "../../../src/history/row-key.ts";
import {
  checkTables,
  readTransactionLog,
  type LogRequest,
} from "../../../src/history/transaction-log.ts";
import { caught, codeOf } from "../../support/caught.ts";
import { FaultyStore } from "../../support/faulty-store.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import {
  openSampleArchive,
  samplePositionText,
  sampleTime,
  type SampleArchive,
} from "../../support/sample-archive.ts";
import {
  event,
  fillSampleOrders,
  insertItem,
  insertOrder,
  ITEMS_SHAPE,
  ORDERS_SHAPE,
  transaction,
  updateOrder,
} from "../../support/sample-orders.ts";
import { sampleRow } from "../../support/sample-records.ts";

const EVERYTHING: LogRequest = {
  fromSeq: 1,
  throughSeq: Infinity,
  tables: undefined,
  key: undefined,
  context: undefined,
  own: false,
  limit: undefined,
};

async function seqsOf(archive: SampleArchive, request: Partial<LogRequest>) {
  const seqs: number[] = [];
  const log = readTransactionLog(
    archive.reading,
    { ...EVERYTHING, ...request },
    never,
  );
  for await (const { transaction: each } of log) seqs.push(each.seq);
  return seqs;
}

async function changesOf(archive: SampleArchive, request: Partial<LogRequest>) {
  const found: unknown[] = [];
  const log = readTransactionLog(
    archive.reading,
    { ...EVERYTHING, ...request },
    never,
  );
  for await (const { changes } of log)
    for await (const change of changes()) found.push(change);
  return found;
}

async function filled(store = new MemoryStore()) {
  const archive = await openSampleArchive(store);
  await fillSampleOrders(archive);
  return archive;
}

describe("the transaction log", () => {
  test("tells what every transaction did, over its parts", async () => {
    await using archive = await filled();
    const log = readTransactionLog(archive.reading, EVERYTHING, never);
    const all = [];
    for await (const { transaction: each } of log) all.push(each);
    expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 6, 7]);
    expect(all[1]).toMatchObject({
      seq: 2,
      xid: "1002",
      position: samplePositionText(2),
      rows: 2,
      tables: [{ table: "public.orders", inserts: 2, updates: 0 }],
      events: [],
    });
    expect(all[2]?.events).toEqual([
      { kind: "marker", name: "before-release", body: {} },
    ]);
    expect(all[3]).toMatchObject({
      rows: 3,
      tables: [{ table: "public.orders", updates: 3 }],
      events: [{ kind: "context", body: { user: "alice" } }],
    });
  });

  test("leaves out Tidemark's own unless asked", async () => {
    await using archive = await filled();
    expect(await seqsOf(archive, {})).not.toContain(5);
    expect(await seqsOf(archive, { own: true })).toContain(5);
  });

  test("filters by table, context and range, and combines them", async () => {
    await using archive = await filled();
    const tables = new Set(["public.items"]);
    expect(await seqsOf(archive, { tables })).toEqual([1, 7]);
    expect(await seqsOf(archive, { tables, fromSeq: 2 })).toEqual([7]);
    expect(await seqsOf(archive, { throughSeq: 2 })).toEqual([1, 2]);
    for (const text of ["user=alice", "alice", '"user"']) {
      const context = contextFilter(text);
      expect(await seqsOf(archive, { context })).toEqual([4]);
      expect(await seqsOf(archive, { context, tables })).toEqual([]);
    }
    const context = contextFilter("user=ali");
    expect(await seqsOf(archive, { context })).toEqual([]);
  });

  test("finds a row by its key, wherever it was touched", async () => {
    await using archive = await filled();
    const tables = new Set(["public.orders"]);
    const of = (...terms: string[]) =>
      seqsOf(archive, { tables, key: new RowKey(terms) });
    expect(await of("1")).toEqual([1, 4]);
    expect(await of("id=3")).toEqual([2, 4, 7]);
    expect(await of("id=3", "note=x")).toEqual([4]);
    expect(await of("99")).toEqual([]);
  });

  test("a key that fits no table of the range is an error", async () => {
    await using archive = await filled();
    const key = new RowKey(["idd=3"]);
    await seqsOf(archive, { tables: new Set(["public.orders"]), key });
    expect(await codeOf(() => key.checkFitted())).toBe("NOT_FOUND");
    const whole = new RowKey(["3"]);
    const error = await caught(() =>
      seqsOf(archive, { tables: new Set(["public.items"]), key: whole }),
    );
    expect(error.code).toBe("USAGE");
    expect(error.hint).toContain("column=value");
  });

  test("a limit keeps the newest, across segments", async () => {
    await using archive = await filled();
    const all = await seqsOf(archive, {});
    for (let limit = 1; limit <= all.length + 1; limit++) {
      expect(await seqsOf(archive, { limit })).toEqual(all.slice(-limit));
    }
    const tables = new Set(["public.orders"]);
    expect(await seqsOf(archive, { limit: 2, tables })).toEqual([4, 7]);
    expect(await seqsOf(archive, { limit: 2, throughSeq: 2 })).toEqual([1, 2]);
  });

  test("names the columns of changed rows", async () => {
    await using archive = await openSampleArchive(new MemoryStore());
    await archive.segment(
      transaction(
        [insertOrder(1), event("context", "c"), insertItem(1, "tea")],
        [
          {
            kind: "update",
            ref: 0,
            old: { kind: "key", row: [Buffer.from("1"), null] },
            after: [Buffer.from("2"), UNCHANGED],
          },
          {
            kind: "truncate",
            refs: [0, 1],
            cascade: true,
            restartIdentity: false,
          },
        ],
      ),
      transaction([{ kind: "insert", ref: 0, after: sampleRow("5", "NULL") }]),
    );
    expect(await changesOf(archive, {})).toEqual([
      {
        ...{ seq: 1, index: 0, change: "insert", table: "public.orders" },
        new: { id: "1", note: "note 1" },
      },
      {
        ...{ seq: 1, index: 2, change: "insert", table: "public.items" },
        new: { order: "1", what: "tea" },
      },
      {
        ...{ seq: 1, index: 3, change: "update", table: "public.orders" },
        old: { id: "1", note: null },
        new: { id: "2" },
        unchanged: ["note"],
      },
      {
        ...{ seq: 1, index: 4, change: "truncate", cascade: true },
        tables: ["public.orders", "public.items"],
        restartIdentity: false,
      },
      {
        ...{ seq: 2, index: 0, change: "insert", table: "public.orders" },
        new: { id: "5", note: null },
      },
    ]);
  });

  test("tells only the changes that are asked for", async () => {
    await using archive = await filled();
    const tables = new Set(["public.orders"]);
    const key = new RowKey(["3"]);
    expect(await changesOf(archive, { tables, key })).toMatchObject([
      { seq: 2, index: 1, change: "insert", new: { id: "3" } },
      { seq: 4, index: 3, change: "update", new: { id: "3", note: "x" } },
      { seq: 7, index: 1, change: "delete", old: { id: "3" } },
    ]);
    expect(
      await changesOf(archive, { context: contextFilter("alice") }),
    ).toHaveLength(3);
  });

  test("a context beyond the hundredth is found, and the rest counted", async () => {
    await using archive = await openSampleArchive(new MemoryStore());
    const contexts = Array.from({ length: 150 }, (_, n) =>
      event("context", "tidemark.context", { n }),
    );
    await archive.segment(transaction([...contexts, insertOrder(1)]));
    const request = { ...EVERYTHING, context: contextFilter("n=149") };
    const log = readTransactionLog(archive.reading, request, never);
    for await (const { transaction: each } of log) {
      expect(each.events).toHaveLength(100);
      expect(each.moreEvents).toBe(50);
      return;
    }
    expect.unreachable();
  });

  test("opens only segments that name the table", async () => {
    const store = new FaultyStore(new MemoryStore());
    await using archive = await openSampleArchive(store);
    await archive.segment(transaction([updateOrder(1, "a")]));
    await archive.segment({
      shapes: [ITEMS_SHAPE],
      parts: [[{ kind: "insert", ref: 0, after: sampleRow("1", "b") }]],
    });
    const before = store.count("read");
    expect(
      await seqsOf(archive, { tables: new Set(["public.items"]) }),
    ).toEqual([2]);
    expect(store.count("read") - before).toBe(1);
  });

  test("a table that was never met is refused", async () => {
    await using archive = await filled();
    const { state } = archive.reading;
    checkTables(state, ["public.orders", "public.items"]);
    const error = await caught(() => checkTables(state, ["public.order"]));
    expect(error.code).toBe("NOT_FOUND");
    expect(error.hint).toContain(ORDERS_SHAPE.name);
  });
});

describe("--from and --to", () => {
  const resolve = async (from: string | undefined, to: string | undefined) => {
    await using archive = await filled();
    const { fromSeq, throughSeq } = await resolveRange(
      archive.reading,
      {
        from: from === undefined ? undefined : parsePoint(from),
        to: to === undefined ? undefined : parsePoint(to),
        now: 0n,
      },
      never,
    );
    return [fromSeq, throughSeq];
  };

  test.each([
    [undefined, undefined, [1, 7]],
    ["seq:3", "seq:4", [3, 4]],
    ["before:3", "before:4", [3, 3]],
    ["marker:before-release", "latest", [3, 7]],
    ["latest", undefined, [7, 7]],
    [`position:${samplePositionText(3)}`, undefined, [3, 7]],
    ["position:0/1", undefined, [1, 7]],
    [undefined, `position:${samplePositionText(3)}`, [1, 3]],
    [sampleTime(3), sampleTime(5), [3, 5]],
    ["1999-01-01T00:00:00Z", undefined, [1, 7]],
    ["seq:5", "seq:2", [5, 2]],
  ])("%s … %s", async (from, to, expected) => {
    expect(await resolve(from, to)).toEqual(expected);
  });

  test.each([
    ["2099-01-01T00:00:00Z", undefined],
    [undefined, "2099-01-01T00:00:00Z"],
    ["position:F/0", undefined],
    ["seq:8", undefined],
  ])("%s … %s is beyond what is known", async (from, to) => {
    expect(await codeOf(() => resolve(from, to))).toBe("POINT_UNREACHABLE");
  });
});
