import { describe, expect, test } from "vitest";
import { ABSENT, UNCHANGED } from "../../../../../src/core/change.ts";
import { TidemarkError } from "../../../../../src/core/errors.ts";
import { lsnPosition } from "../../../../../src/core/position.ts";
import {
  changesOf,
  openDecoder,
  row,
} from "../../../../support/decode-stream.ts";
import {
  beginMessage,
  commitMessage,
  deleteMessage,
  insertMessage,
  logicalMessage,
  originMessage,
  relationMessage,
  text,
  truncateMessage,
  typeMessage,
  updateMessage,
} from "../../../../support/pgoutput-messages.ts";

const ORDERS = 16_390;
const LINES = 16_395;
const LOG = 16_400;
const orders = relationMessage({
  oid: ORDERS,
  name: "orders",
  columns: ["id*:20", "note"],
});
const lines = relationMessage({
  oid: LINES,
  name: "lines",
  replicaIdentity: "f",
  columns: ["id*:20", "note*"],
});
const log = relationMessage({
  oid: LOG,
  namespace: "tidemark",
  name: "log",
  columns: ["id*:20", "at:25", "kind", "name", "body"],
});
const logRow = (kind: string | null, name: string | null, body: string) =>
  insertMessage(LOG, ["1", "2026-11-21", kind, name, body]);

describe("a transaction", () => {
  test("is given out at its commit, with where it ends and when", () => {
    const { decode, items, decoder } = openDecoder();
    decode(beginMessage(771, 5n), orders, insertMessage(ORDERS, ["1", "a"]));
    expect(decoder.inTransaction).toBe(true);
    expect(items.map(({ kind }) => kind)).toEqual(["shape"]);
    const [part] = decode(commitMessage(0x2000n, 5n));
    expect(decoder.inTransaction).toBe(false);
    expect(part).toMatchObject({
      xid: "771",
      part: 0,
      tables: [{ ref: 0, table: ORDERS, inserts: 1, updates: 0, deletes: 0 }],
      commit: {
        position: lsnPosition(0x2000n),
        rawCommittedAt: 946_684_800_000_005n,
      },
    });
  });

  test("holds what each message says, by the published schema", () => {
    const { decode } = openDecoder();
    const parts = decode(
      beginMessage(1),
      orders,
      lines,
      insertMessage(ORDERS, ["1", null]),
      updateMessage(ORDERS, ["1", undefined]),
      updateMessage(ORDERS, ["2", ""], { kind: "K", row: ["1", null] }),
      updateMessage(LINES, ["1", undefined], { kind: "O", row: ["1", "x"] }),
      deleteMessage(LINES, { kind: "O", row: ["1", null] }),
      deleteMessage(ORDERS, { kind: "K", row: ["2", null] }),
      truncateMessage([LINES, ORDERS], 3),
      commitMessage(0x2000n),
    );
    expect(changesOf(parts)).toEqual([
      { kind: "insert", ref: 0, after: row("1", null) },
      {
        kind: "update",
        ref: 0,
        old: { kind: "none" },
        after: row("1", UNCHANGED),
      },
      {
        kind: "update",
        ref: 0,
        old: { kind: "key", row: row("1", ABSENT) },
        after: row("2", ""),
      },
      {
        kind: "update",
        ref: 1,
        old: { kind: "full", row: row("1", "x") },
        after: row("1", UNCHANGED),
      },
      { kind: "delete", ref: 1, old: { kind: "full", row: row("1", null) } },
      { kind: "delete", ref: 0, old: { kind: "key", row: row("2", ABSENT) } },
      { kind: "truncate", refs: [1, 0], cascade: true, restartIdentity: true },
    ]);
    expect(parts[0]?.tables).toMatchObject([
      { table: ORDERS, inserts: 1, updates: 2, deletes: 1, truncates: 1 },
      { table: LINES, inserts: 0, updates: 1, deletes: 1, truncates: 1 },
    ]);
  });

  test("with nothing in it is none", () => {
    const { decode, items } = openDecoder();
    decode(beginMessage(1), commitMessage(16n));
    decode(beginMessage(2), originMessage("elsewhere"), commitMessage(32n));
    expect(items).toEqual([]);
  });

  test("that touches filtered tables, or ours, alone is none", () => {
    const { decode, items } = openDecoder((_, name) => name !== "orders");
    decode(
      beginMessage(1),
      orders,
      log,
      insertMessage(ORDERS, ["1", "a"]),
      updateMessage(ORDERS, ["1", "b"]),
      deleteMessage(ORDERS, { kind: "K", row: ["1", null] }),
      truncateMessage([ORDERS]),
      deleteMessage(LOG, { kind: "K", row: ["1", null, null, null, null] }),
      truncateMessage([LOG]),
      commitMessage(16n),
    );
    expect(items).toEqual([]);
  });

  test("keeps of a truncate the tables that are captured", () => {
    const { decode } = openDecoder((_, name) => name !== "orders");
    const parts = decode(
      beginMessage(1),
      orders,
      lines,
      truncateMessage([ORDERS, LINES]),
      commitMessage(16n),
    );
    expect(changesOf(parts)).toMatchObject([{ kind: "truncate", refs: [0] }]);
    expect(parts[0]?.tables).toMatchObject([{ table: LINES, truncates: 1 }]);
  });
});

describe("a shape", () => {
  test("is said once, however often pgoutput repeats it", () => {
    const { decode, items } = openDecoder();
    decode(beginMessage(1), orders, insertMessage(ORDERS, ["1", "a"]));
    decode(orders, insertMessage(ORDERS, ["2", "b"]), commitMessage(16n));
    decode(beginMessage(2), orders, insertMessage(ORDERS, ["3", "c"]));
    const parts = decode(commitMessage(32n));
    expect(items.filter(({ kind }) => kind === "shape")).toHaveLength(1);
    expect(parts[0]?.tables).toMatchObject([{ ref: 0, inserts: 2 }]);
  });

  test("that changes inside a transaction is another table of it", () => {
    const { decode, items } = openDecoder();
    const wider = relationMessage({
      oid: ORDERS,
      name: "orders",
      columns: ["id*:20", "note", "more"],
    });
    const [part] = decode(
      beginMessage(1),
      orders,
      insertMessage(ORDERS, ["1", "a"]),
      wider,
      insertMessage(ORDERS, ["2", "b", "c"]),
      orders,
      insertMessage(ORDERS, ["3", "d"]),
      commitMessage(16n),
    );
    const shapes = items.flatMap((item) =>
      item.kind === "shape" ? [item.shape.id] : [],
    );
    expect(part?.tables).toMatchObject([
      { ref: 0, table: ORDERS, shape: shapes[0], inserts: 1 },
      { ref: 1, table: ORDERS, shape: shapes[1], inserts: 1 },
      { ref: 2, table: ORDERS, shape: shapes[0], inserts: 1 },
    ]);
    expect(changesOf(part ? [part] : [])).toMatchObject([
      { ref: 0, after: { length: 2 } },
      { ref: 1, after: { length: 3 } },
      { ref: 2, after: { length: 2 } },
    ]);
  });

  test("has the name of a type that the stream described", () => {
    const { decode, items } = openDecoder();
    decode(
      typeMessage(20_000, "app", "mood"),
      relationMessage({ oid: 1, name: "t", columns: ["m:20000", "n:1700"] }),
    );
    expect(items).toMatchObject([
      { shape: { columns: [{ type: "USER-DEFINED" }, { type: "numeric" }] } },
    ]);
  });

  test("of a type that the stream did not describe is refused", () => {
    const { decode } = openDecoder();
    const relation = relationMessage({
      oid: 1,
      name: "t",
      columns: ["m:20000"],
    });
    expect(() => decode(relation)).toThrow(/type 20000/);
  });
});

describe("an event", () => {
  test.each(["marker", "sequence", "heartbeat", "ddl", "filter"] as const)(
    "%s is a row of tidemark.log",
    (kind) => {
      const { decode } = openDecoder();
      const parts = decode(
        beginMessage(1),
        log,
        logRow(kind, "nämé", '{"a":1}'),
        commitMessage(16n),
      );
      expect(changesOf(parts)).toEqual([
        {
          kind: "event",
          event: kind,
          name: "nämé",
          body: Buffer.from('{"a":1}'),
        },
      ]);
      expect(parts[0]?.tables).toEqual([]);
    },
  );

  test.each([["context"], ["tomorrow's"], [null]])(
    "of kind %s in tidemark.log stops the stream",
    (kind) => {
      const { decode } = openDecoder();
      decode(beginMessage(1), log);
      expect(() => decode(logRow(kind, "n", "{}"))).toThrow(
        expect.objectContaining({ code: "SOURCE_UNREADABLE" }),
      );
    },
  );

  test("needs a name", () => {
    const { decode } = openDecoder();
    decode(beginMessage(1), log);
    expect(() => decode(logRow("marker", null, "{}"))).toThrow(RangeError);
  });

  test("context is what an application said in its transaction, cut where it is long", () => {
    const { decode } = openDecoder();
    const parts = decode(
      beginMessage(1),
      logicalMessage("tidemark.context", "x".repeat(70_000)),
      commitMessage(16n),
    );
    expect(changesOf(parts)).toEqual([
      {
        kind: "event",
        event: "context",
        name: "tidemark.context",
        body: Buffer.from("x".repeat(65_536)),
      },
    ]);
  });

  test("is none of another prefix, and none outside a transaction", () => {
    const { decode, items } = openDecoder();
    decode(logicalMessage("tidemark.context", "x", 0));
    decode(beginMessage(1), logicalMessage("other", "x"), commitMessage(16n));
    expect(items).toEqual([]);
  });
});

describe("what is not understood stops the stream", () => {
  test.each(["S", "b", "P", "\0", "Z"])("a message of kind %j", (kind) => {
    const { decode } = openDecoder();
    expect(() => decode(text(kind))).toThrow(
      expect.objectContaining({ code: "SOURCE_UNREADABLE" }),
    );
    expect(() => decode(text(kind))).toThrow(TidemarkError);
  });

  test.each([
    ["a change of an unknown relation", [insertMessage(1, ["a"])]],
    ["a change outside a transaction", [orders, insertMessage(ORDERS, ["1"])]],
    ["a commit without a transaction", [commitMessage(16n)]],
    ["two begins", [beginMessage(1), beginMessage(2)]],
    ["an event outside a transaction", [log, logRow("marker", "m", "{}")]],
    [
      "an old row in place of a key",
      [
        beginMessage(1),
        orders,
        deleteMessage(ORDERS, { kind: "O", row: ["1", "a"] }),
      ],
    ],
    [
      "a key in place of an old row",
      [
        beginMessage(1),
        lines,
        deleteMessage(LINES, { kind: "K", row: ["1", null] }),
      ],
    ],
    [
      "an update without the old row of a table without a key",
      [beginMessage(1), lines, updateMessage(LINES, ["1", "a"])],
    ],
    [
      "a key that is null: of a generated column",
      [
        beginMessage(1),
        orders,
        deleteMessage(ORDERS, { kind: "K", row: [null, null] }),
      ],
    ],
  ])("%s", (_, messages) => {
    const { decode } = openDecoder();
    expect(() => decode(...messages)).toThrow(RangeError);
  });

  test("a change larger than the bound, by its table's name", () => {
    const { decode } = openDecoder();
    decode(beginMessage(1), orders);
    const message = Buffer.alloc(256 * 1024 * 1024 + 1);
    insertMessage(ORDERS, ["1", "a"]).copy(message);
    expect(() => decode(message)).toThrow(
      expect.objectContaining({
        code: "ROW_TOO_LARGE",
        message: expect.stringContaining("public.orders") as string,
      }),
    );
  });

  test("is no change of a table that is left out, nor a message of somebody's, however large", () => {
    const { decode, items } = openDecoder((_, name) => name !== "orders");
    decode(beginMessage(1), orders, lines);
    for (const small of [
      insertMessage(ORDERS, ["1", "a"]),
      logicalMessage("other", "{}"),
    ]) {
      const message = Buffer.alloc(256 * 1024 * 1024 + 1);
      small.copy(message);
      decode(message);
    }
    decode(insertMessage(LINES, ["1", "a"]), commitMessage(0x2000n, 5n));
    expect(items.filter(({ kind }) => kind === "part")).toHaveLength(1);
  });
});
