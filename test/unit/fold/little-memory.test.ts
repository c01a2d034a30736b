import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ABSENT, UNCHANGED, type Change } from "../../../src/core/change.ts";
import type { Shape } from "../../../src/core/shape.ts";
import { foldTable } from "../../../src/fold/fold-table.ts";
import { LEAST_MEMORY_BYTES } from "../../../src/fold/memory-budget.ts";
import {
  createNetChange,
  type NetChange,
} from "../../../src/fold/net-change.ts";
import {
  HISTORY_SHAPES,
  buildHistory,
  manySteps,
} from "../../support/random-history.ts";
import { bag, orders } from "../../support/sample-fold.ts";
import {
  sampleParts,
  sampleRow,
  sampleShape,
} from "../../support/sample-records.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const KIB = 1024;

async function rowsOf(
  netChange: NetChange,
  shape: Shape,
  base: readonly string[],
): Promise<string[]> {
  async function* chunks() {
    yield Buffer.from(base.join(""));
  }
  const found: Buffer[] = [];
  for await (const chunk of foldTable(netChange, shape.table, chunks()).rows)
    found.push(chunk);
  const lines = Buffer.concat(found).toString().split("\n").slice(0, -1);
  return lines.map((line) => `${line}\n`).sort();
}

describe("fold in memory for a few rows", () => {
  const run = fc.record({
    seed: fc.integer(),
    keys: fc.constantFrom(20, 300, 300),
    /** For one table; more tables get more. */
    memoryKib: fc.constantFrom(14, 16, 20),
    /** A table that has the memory for itself has more partitions to begin with. */
    tables: fc.constantFrom([0], [1], [2], [3], [0, 2], [0, 1, 2, 3]),
    /** With many, rows are filled over one key after the other, and these are in different partitions. */
    moves: fc.constantFrom(0, 4),
    point: fc.integer({ min: 50, max: 100 }),
    bases: fc.array(fc.integer({ min: 0, max: 100 }), {
      minLength: 4,
      maxLength: 4,
    }),
  });

  it("gives every table as a plain model has it, over partitions that are split again", async () => {
    await using folder = await tempDirectory();
    const splits = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(run, async (of) => {
        const { parts, states } = buildHistory(
          manySteps({ ...of, steps: 1_200 }),
        );
        const throughSeq = Math.floor(((states.length - 1) * of.point) / 100);
        const windows = of.tables.map((n) => ({
          shape: HISTORY_SHAPES[n] as Shape,
          // Mostly far back.
          baseSeq: Math.floor(
            throughSeq * ((of.bases[n] as number) / 100) ** 3,
          ),
          throughSeq,
        }));
        using netChange = createNetChange({
          tables: windows,
          memoryBytes: (of.memoryKib + 4 * (of.tables.length - 1)) * KIB,
          workFolder: folder.path,
        });
        for (const part of parts.toReversed()) netChange.addPart(part);
        for (const { shape, baseSeq } of windows) {
          const n = shape.table - 1;
          const before = netChange.stats().splits;
          const base = states[baseSeq]?.[n] ?? [];
          expect(await rowsOf(netChange, shape, base)).toEqual(
            states[throughSeq]?.[n],
          );
          const more = netChange.stats().splits - before;
          splits.set(shape.identity, (splits.get(shape.identity) ?? 0) + more);
        }
      }),
      { numRuns: 60 },
    );
    expect(splits.get("KEY")).toBeGreaterThan(0);
    expect(splits.get("WHOLE_ROW")).toBeGreaterThan(0);
  });
});

describe("fold in the least memory", () => {
  const rows = 30_000;
  const step = 50;
  const wide = (n: number) => `${n}-`.padEnd(120, "x");
  const numbers = Array.from({ length: rows }, (_, n) => n);

  const others = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      sampleShape({
        table: 100 + n,
        name: `other${n}`,
        identity: "KEY",
        columns: ["a*"],
      }),
    );

  async function foldMany(
    shape: Shape,
    of: {
      readonly tables: number;
      readonly changes: (n: number) => readonly Change[];
      readonly base: (n: number) => string;
      readonly expected: (n: number) => string;
    },
  ): Promise<void> {
    await using folder = await tempDirectory();
    // Of many tables each has few partitions to begin with, which have to be split.
    const shapes = [shape, ...others(of.tables - 1)];
    using netChange = createNetChange({
      tables: shapes.map((shape) => ({ shape, baseSeq: 0, throughSeq: rows })),
      memoryBytes: LEAST_MEMORY_BYTES,
      workFolder: folder.path,
    });
    for (let seq = rows / step; seq >= 1; seq--) {
      const changes = numbers
        .slice((seq - 1) * step, seq * step)
        .flatMap(of.changes);
      for (const part of sampleParts({
        seq,
        shapes: [shape],
        parts: [changes],
      }))
        netChange.addPart(part);
      expect(netChange.stats().bytes).toBeLessThanOrEqual(LEAST_MEMORY_BYTES);
    }
    const found = await rowsOf(netChange, shape, numbers.map(of.base));
    const expected = numbers.map(of.expected).sort();
    expect(found.length).toBe(expected.length);
    expect(found.join("") === expected.join("")).toBe(true);
    expect(netChange.stats().spilledBytes).toBeGreaterThan(
      4 * LEAST_MEMORY_BYTES,
    );
    const { splits } = netChange.stats();
    if (of.tables > 1) expect(splits).toBeGreaterThan(0);
  }

  it.each([1, 16])("takes many changed rows of a table with a key", (tables) =>
    foldMany(orders, {
      tables,
      changes: (n) => [
        {
          kind: "update",
          ref: 0,
          old: { kind: "none" },
          after: [Buffer.from(`${n}`), Buffer.from(wide(n)), UNCHANGED],
        },
      ],
      base: (n) => `${n}\ta\tTOAST${wide(n)}\n`,
      expected: (n) => `${n}\t${wide(n)}\tTOAST${wide(n)}\n`,
    }),
  );

  it.each([1, 16, 64])(
    "takes many rows that change their keys and keep a column that was not sent",
    (tables) =>
      foldMany(orders, {
        tables,
        // Each key is left by one row and taken by another, and in between the row was elsewhere.
        changes: (n) =>
          [
            [`${n}`, `between ${n}`],
            [`between ${n}`, `${n + 1_000_000}`],
          ].map(([from, to]): Change => ({
            kind: "update",
            ref: 0,
            old: {
              kind: "key",
              row: [Buffer.from(from as string), ABSENT, ABSENT],
            },
            after: [Buffer.from(to as string), Buffer.from(wide(n)), UNCHANGED],
          })),
        base: (n) => `${n}\ta\tTOAST${wide(n)}\n`,
        expected: (n) => `${n + 1_000_000}\t${wide(n)}\tTOAST${wide(n)}\n`,
      }),
  );

  it.each([1, 64])("takes many rows of a table without a key", (tables) =>
    foldMany(bag, {
      tables,
      changes: (n) => [
        {
          kind: "update",
          ref: 0,
          old: { kind: "full", row: sampleRow(`${n}`, "old") },
          after: sampleRow(wide(n), "new"),
        },
      ],
      base: (n) => `${n}\told\n`,
      expected: (n) => `${wide(n)}\tnew\n`,
    }),
  );
});

describe("what little needs", () => {
  const shapesOf = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      sampleShape({
        table: n + 1,
        name: `t${n}`,
        identity: n % 3 === 0 ? "KEY" : n % 3 === 1 ? "WHOLE_ROW" : "NONE",
        columns: n % 3 === 0 ? ["a*", "b"] : ["a", "b"],
      }),
    );
  const changesOf = (shapes: readonly Shape[]) =>
    shapes.map((_, ref): Change => ({
      kind: "insert",
      ref,
      after: sampleRow("1", "x"),
    }));

  it("grows with use: some changes of some tables take a few KiB, and none takes nothing", async () => {
    await using folder = await tempDirectory();
    const shapes = shapesOf(10);
    using netChange = createNetChange({
      tables: shapes.map((shape) => ({ shape, baseSeq: 0, throughSeq: 9 })),
      memoryBytes: LEAST_MEMORY_BYTES,
      workFolder: folder.path,
    });
    expect(netChange.stats().bytes).toBe(0);
    for (const part of sampleParts({
      seq: 1,
      shapes,
      parts: [changesOf(shapes)],
    }))
      netChange.addPart(part);
    expect(netChange.stats().bytes).toBeLessThan(16 * KIB);
    expect(netChange.stats().spilledBytes).toBe(0);
  });

  it("takes a thousand changed tables in the least memory", async () => {
    await using folder = await tempDirectory();
    const shapes = shapesOf(1_000);
    using netChange = createNetChange({
      tables: shapes.map((shape) => ({ shape, baseSeq: 0, throughSeq: 9 })),
      memoryBytes: LEAST_MEMORY_BYTES,
      workFolder: folder.path,
    });
    for (const seq of [3, 2, 1]) {
      const changes = shapes.map((_, ref): Change => ({
        kind: "insert",
        ref,
        after: sampleRow(`${seq}`, "x"),
      }));
      for (const part of sampleParts({ seq, shapes, parts: [changes] }))
        netChange.addPart(part);
      expect(netChange.stats().bytes).toBeLessThan(LEAST_MEMORY_BYTES);
    }
    for (const shape of shapes)
      expect(await rowsOf(netChange, shape, ["0\tx\n"])).toEqual(
        ["0", "1", "2", "3"].map((n) => `${n}\tx\n`),
      );
  });

  it("says what a row needs that is too long for it", async () => {
    await using folder = await tempDirectory();
    using netChange = createNetChange({
      tables: [{ shape: bag, baseSeq: 0, throughSeq: 9 }],
      memoryBytes: LEAST_MEMORY_BYTES,
      workFolder: folder.path,
    });
    const long = "x".repeat(LEAST_MEMORY_BYTES);
    const parts = sampleParts({
      seq: 1,
      shapes: [bag],
      parts: [[{ kind: "insert", ref: 0, after: sampleRow(long, "b") }]],
    });
    expect(() => {
      for (const part of parts) netChange.addPart(part);
    }).toThrow(
      expect.objectContaining({
        code: "MEMORY",
        hint: expect.stringContaining("eight times the longest row") as string,
      }) as Error,
    );
  });

  it("takes rows that are an eighth of it", async () => {
    await using folder = await tempDirectory();
    using netChange = createNetChange({
      tables: [{ shape: orders, baseSeq: 0, throughSeq: 99 }],
      memoryBytes: LEAST_MEMORY_BYTES,
      workFolder: folder.path,
    });
    const long = (n: number) => `${n}`.padEnd(LEAST_MEMORY_BYTES / 8 - 64, "x");
    const ids = Array.from({ length: 30 }, (_, n) => n + 1);
    for (const seq of ids.toReversed())
      for (const part of sampleParts({
        seq,
        shapes: [orders],
        parts: [
          [
            {
              kind: "insert",
              ref: 0,
              after: sampleRow(`${seq}`, long(seq), ""),
            },
          ],
        ],
      }))
        netChange.addPart(part);
    const found = await rowsOf(netChange, orders, []);
    const expected = ids.map((n) => `${n}\t${long(n)}\t\n`).sort();
    expect(found.join("") === expected.join("")).toBe(true);
  });
});
