import { describe, expect, it } from "vitest";
import type { Change } from "../../../src/core/change.ts";
import { createNetChange } from "../../../src/fold/net-change.ts";
import {
  insert,
  move,
  orders,
  partsOf,
  read,
  remove,
  truncate,
  update,
} from "../../support/sample-fold.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

describe("fold of rows that move between partitions", () => {
  const histories = [
    {
      name: "1→2→3, a new row at 1, a deleted one at 2",
      changes: [
        move("1", "2", "moved", "U"),
        move("2", "3", "again", "U"),
        insert("1", "new", "small"),
        insert("2", "other", "x"),
        remove("2"),
      ],
      base: "1\tfirst\tTOAST\n4\tx\ty\n",
      expected: ["1\tnew\tsmall", "3\tagain\tTOAST", "4\tx\ty"],
    },
    {
      name: "a swap through a third key",
      changes: [
        move("1", "3", "U", "U"),
        move("2", "1", "U", "U"),
        move("3", "2", "U", "U"),
      ],
      base: "1\ta\tA\n2\tb\tB\n",
      expected: ["1\tb\tB", "2\ta\tA"],
    },
    {
      name: "two rows that came to one key, the first of which was deleted there",
      changes: [
        move("1", "2", "x", "U"),
        update("2", "x2", "U"),
        remove("2"),
        update("5", "y", "U"),
        move("5", "2", "U", "U"),
        update("2", "y2", "U"),
      ],
      base: "1\ta\tWRONG\n5\tb\tRIGHT\n",
      expected: ["2\ty2\tRIGHT"],
    },
    {
      name: "a row that comes back to the key where it began",
      changes: [
        update("1", "b", "U"),
        move("1", "2", "U", "U"),
        insert("1", "between", "x"),
        remove("1"),
        move("2", "1", "c", "U"),
        move("1", "3", "U", "U"),
        move("3", "1", "U", "U"),
      ],
      base: "1\ta\tTOAST\n",
      expected: ["1\tc\tTOAST"],
    },
  ];

  it.each(histories)(
    "follows $name, wherever memory ends",
    async ({ changes, base, expected }) => {
      await using folder = await tempDirectory();
      const parts = partsOf(changes).toReversed();
      for (let spillAt = 0; spillAt <= parts.length; spillAt++) {
        using netChange = createNetChange({
          tables: [{ shape: orders, baseSeq: 0, throughSeq: 1_000_000 }],
          memoryBytes: 1 << 26,
          workFolder: folder.path,
        });
        for (const [n, part] of parts.entries()) {
          if (n === spillAt) netChange.spill();
          netChange.addPart(part);
        }
        const { text } = await read(netChange, base);
        expect(text.split("\n").filter(Boolean).sort()).toEqual(expected);
      }
    },
  );

  it.each<[string, Change[], string]>([
    [
      "a deleted row that a newer change finds",
      [remove("1"), update("1", "a", "U")],
      "1\ta\tb\n",
    ],
    [
      "a changed row that is not in the base",
      [update("1", "a", "b")],
      "2\ta\tb\n",
    ],
    [
      "a moved row that is not in the base",
      [move("1", "2", "a", "U")],
      "7\ta\tb\n",
    ],
    [
      "a moved row that outlives a truncation",
      [truncate, move("1", "2", "a", "U")],
      "",
    ],
    ["a row that outlives a truncation", [truncate, update("1", "a", "U")], ""],
    [
      "two rows at one key",
      [move("1", "2", "a", "U"), move("1", "3", "a", "U")],
      "1\ta\tb\n",
    ],
  ])("refuses %s when it is spilled", async (_, changes, base) => {
    await using folder = await tempDirectory();
    using netChange = createNetChange({
      tables: [{ shape: orders, baseSeq: 0, throughSeq: 1_000_000 }],
      memoryBytes: 1 << 26,
      workFolder: folder.path,
    });
    netChange.spill();
    const folding = (async () => {
      for (const part of partsOf(changes).toReversed()) netChange.addPart(part);
      return read(netChange, base);
    })();
    await expect(folding).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
  });
});
