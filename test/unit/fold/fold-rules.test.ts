import { describe, expect, it } from "vitest";
import { ABSENT, type Change } from "../../../src/core/change.ts";
import { createNetChange } from "../../../src/fold/net-change.ts";
import {
  after,
  bag,
  fold,
  insert,
  move,
  netChangeOf,
  orders,
  partsOf,
  read,
  remove,
  truncate,
  update,
} from "../../support/sample-fold.ts";
import { shapeOf } from "../../../src/format/shape-record.ts";
import {
  sampleParts,
  sampleRow,
  sampleShape,
} from "../../support/sample-records.ts";

describe("fold of a table with a key", () => {
  it("follows a toasted value through 1→2→3 past a new row at 1 and a deleted one at 2", async () => {
    const changes = [
      move("1", "2", "moved", "U"),
      move("2", "3", "again", "U"),
      insert("1", "new", "small"),
      insert("2", "other", "x"),
      remove("2"),
    ];
    expect(await fold(changes, "1\tfirst\tTOAST\n4\tx\ty\n")).toBe(
      "3\tagain\tTOAST\n1\tnew\tsmall\n4\tx\ty\n",
    );
  });

  it("swaps two toasted rows through a third key", async () => {
    const changes = [
      move("1", "3", "U", "U"),
      move("2", "1", "U", "U"),
      move("3", "2", "U", "U"),
    ];
    expect(await fold(changes, "1\ta\tA\n2\tb\tB\n5\tc\tC\n")).toBe(
      "2\ta\tA\n1\tb\tB\n5\tc\tC\n",
    );
  });

  it("takes a key that is stored out of line from the old row beside it", async () => {
    const changes = [move("1", "U", "new", "U")];
    expect(await fold(changes, "1\told\tA\n")).toBe("1\tnew\tA\n");
  });

  it("replaces a row in its place and adds new ones behind, oldest first", async () => {
    const changes = [
      insert("7", "a", "NULL"),
      update("2", "b", "U"),
      insert("8", "c", ""),
      remove("3"),
    ];
    const base = "1\tx\tX\n2\ty\t\\N\n3\tz\tZ\n4\tw\tW\n";
    const { text, counts } = await read(netChangeOf(partsOf(changes)), base);
    expect(text).toBe("1\tx\tX\n2\tb\t\\N\n4\tw\tW\n7\ta\t\\N\n8\tc\t\n");
    expect(counts).toEqual({
      replaced: 1,
      removed: 1,
      added: 2,
      base: "joined",
    });
  });

  it("empties a table by a truncation whose log says no columns", async () => {
    const parts = [
      ...sampleParts({
        seq: 1,
        shapes: [orders],
        parts: [[insert("1", "a", "b")]],
      }),
      ...sampleParts({
        seq: 2,
        shapes: [shapeOf({ ...orders, identity: "NONE", columns: [] })],
        parts: [[truncate]],
      }),
      ...sampleParts({
        seq: 3,
        shapes: [orders],
        parts: [[insert("9", "x", "y")]],
      }),
    ];
    expect(await read(netChangeOf(parts), "no COPY text")).toMatchObject({
      text: "9\tx\ty\n",
      counts: { base: "none" },
    });
  });

  it("does not read the base of a truncated table, and passes an untouched one through", async () => {
    const truncated = netChangeOf(
      partsOf([update("1", "a", "b"), truncate, insert("9", "x", "y")]),
    );
    expect(await read(truncated, "no COPY text")).toMatchObject({
      text: "9\tx\ty\n",
      counts: { base: "none" },
    });
    expect(await read(netChangeOf([]), "no COPY text\n")).toMatchObject({
      text: "no COPY text\n",
      counts: { base: "unparsed" },
    });
    await expect(read(netChangeOf([]), "cut")).rejects.toMatchObject({
      code: "ARCHIVE_DAMAGED",
    });
  });

  it("passes long untouched stretches on as they are", async () => {
    const line = (n: number) => `${n}\t${"x".repeat(50)}\t\\N\n`;
    const lines = Array.from({ length: 20_000 }, (_, n) => line(n));
    const { text } = await read(
      netChangeOf(partsOf([update("10000", "y", "z")])),
      lines.join(""),
    );
    lines[10_000] = "10000\ty\tz\n";
    expect(text).toBe(lines.join(""));
  });

  it.each<[string, Change[], string]>([
    [
      "a deleted row that a newer change finds",
      [remove("1"), update("1", "a", "U")],
      "1\ta\tb\n",
    ],
    [
      "a row inserted twice",
      [insert("1", "a", "b"), insert("1", "a", "b")],
      "",
    ],
    [
      "an inserted row that is in the base",
      [insert("1", "a", "b")],
      "1\ta\tb\n",
    ],
    [
      "a changed row that is not in the base",
      [update("1", "a", "b")],
      "2\ta\tb\n",
    ],
    ["an unchanged value without its row", [update("1", "a", "U")], ""],
    ["a row that outlives a truncation", [truncate, update("1", "a", "U")], ""],
    ["a row twice in the base", [update("1", "a", "b")], "1\ta\tb\n1\ta\tb\n"],
    ["an inserted row with an unchanged value", [insert("1", "U", "b")], ""],
    [
      "a move onto a row that is there",
      [move("1", "2", "a", "b")],
      "1\ta\tb\n2\ta\tb\n",
    ],
    ["a base with too few columns", [update("1", "a", "U")], "1\ta\n"],
    ["a base that ends inside a row", [update("1", "a", "b")], "1\ta\tb\n2\ta"],
  ])("refuses %s", async (_, changes, base) => {
    const folding = (async () => fold(changes, base))();
    await expect(folding).rejects.toMatchObject({
      code: "ARCHIVE_DAMAGED",
      message: expect.stringContaining("public.orders") as string,
    });
  });

  it("refuses two shapes of a table, parts out of order and a key that is not whole", () => {
    const other = sampleShape({
      table: 1,
      name: "orders",
      identity: "KEY",
      columns: ["id*", "note"],
    });
    expect(() => netChangeOf(partsOf([insert("1", "a")], other))).toThrow(
      expect.objectContaining({ code: "ARCHIVE_GAP" }) as Error,
    );
    const parts = partsOf([insert("1", "a", "b"), insert("2", "a", "b")]);
    expect(() => netChangeOf(parts.toReversed())).toThrow(
      expect.objectContaining({ code: "INTERNAL" }) as Error,
    );
    for (const change of [
      update("U", "a", "b"),
      {
        kind: "delete",
        ref: 0,
        old: { kind: "key", row: [ABSENT, ABSENT, ABSENT] },
      } as const,
    ]) {
      expect(() => netChangeOf(partsOf([change]))).toThrow(
        expect.objectContaining({ code: "ARCHIVE_DAMAGED" }) as Error,
      );
    }
  });

  it("folds only what lies after the table's base and up to the point", async () => {
    const changes = [
      insert("1", "a", "A"),
      update("1", "b", "U"),
      update("1", "c", "U"),
    ];
    const netChange = createNetChange({
      tables: [{ shape: orders, baseSeq: 1, throughSeq: 2 }],
      memoryBytes: 1 << 26,
      workFolder: undefined,
    });
    for (const part of partsOf(changes).toReversed()) netChange.addPart(part);
    expect((await read(netChange, "1\ta\tA\n")).text).toBe("1\tb\tA\n");
    expect(netChange.stats()).toMatchObject({ parts: 1, changes: 1, keys: 1 });
  });

  it("stops at its memory", () => {
    const rows = Array.from({ length: 3000 }, (_, n) =>
      insert(`${n}`, "x".repeat(1000), "y"),
    );
    expect(() =>
      netChangeOf(partsOf(rows), { memoryBytes: 2 * 1024 * 1024 }),
    ).toThrow(expect.objectContaining({ code: "MEMORY" }) as Error);
  });
});

describe("fold of a table without a key", () => {
  const full = (...values: string[]) =>
    ({ kind: "full", row: sampleRow(...values) }) as const;

  it("counts equal rows and copies unchanged values from the old row", async () => {
    const changes: Change[] = [
      { kind: "delete", ref: 0, old: full("a", "b") },
      {
        kind: "update",
        ref: 0,
        old: full("c", "TOAST"),
        after: after("d", "U"),
      },
      insert("e", "NULL"),
      insert("e", "NULL"),
    ];
    const netChange = netChangeOf(partsOf(changes, bag), { shape: bag });
    const base = "a\tb\na\tb\nc\tTOAST\n";
    expect((await read(netChange, base, 2)).text).toBe(
      "a\tb\nd\tTOAST\ne\t\\N\ne\t\\N\n",
    );
  });

  it("refuses a base without a row that was deleted", async () => {
    const changes: Change[] = [
      { kind: "delete", ref: 0, old: full("a", "b") },
      { kind: "delete", ref: 0, old: full("a", "b") },
    ];
    const netChange = netChangeOf(partsOf(changes, bag), { shape: bag });
    await expect(read(netChange, "a\tb\na\tc\n", 2)).rejects.toMatchObject({
      code: "ARCHIVE_DAMAGED",
    });
  });
});
