import { readdir } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UNCHANGED, type Change } from "../../../src/core/change.ts";
import type { Shape } from "../../../src/core/shape.ts";
import { foldTable } from "../../../src/fold/fold-table.ts";
import { createNetChange } from "../../../src/fold/net-change.ts";
import {
  HISTORY_SHAPES,
  buildHistory,
  steps,
} from "../../support/random-history.ts";
import { sampleParts, sampleRow } from "../../support/sample-records.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const MEMORY = 64 * 1024 * 1024;

async function* cut(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size)
    yield bytes.subarray(at, at + size);
}

async function linesOf(rows: AsyncIterable<Buffer>): Promise<string[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of rows) chunks.push(chunk);
  return splitRows(Buffer.concat(chunks).toString());
}

function splitRows(text: string): string[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => `${line}\n`)
    .sort();
}

const run = fc.record({
  steps,
  /** Each table's base, and the point. */
  choices: fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
  chunkSize: fc.integer({ min: 1, max: 40 }),
  /** After so many parts memory is full; null: never. */
  spillAfter: fc.option(fc.nat(30)),
});

describe("fold", () => {
  it("gives every table as a plain model has it, from any base to any point, in memory and spilled", async () => {
    await using folder = await tempDirectory();
    await fc.assert(
      fc.asyncProperty(run, async ({ choices, ...of }) => {
        const { parts, states } = buildHistory(of.steps);
        const throughSeq = (choices[4] as number) % states.length;
        const bases = choices.map((choice) => choice % (throughSeq + 1));
        using netChange = createNetChange({
          tables: HISTORY_SHAPES.map((shape, n) => ({
            shape,
            baseSeq: bases[n] as number,
            throughSeq,
          })),
          memoryBytes: MEMORY,
          workFolder: folder.path,
        });
        for (const [n, part] of parts.toReversed().entries()) {
          if (n === of.spillAfter) netChange.spill();
          netChange.addPart(part);
        }
        for (const [n, shape] of HISTORY_SHAPES.entries()) {
          const base = states[bases[n] as number]?.[n] ?? [];
          const { rows } = foldTable(
            netChange,
            shape.table,
            cut(base.join(""), of.chunkSize),
          );
          expect(await linesOf(rows)).toEqual(states[throughSeq]?.[n]);
        }
      }),
      { numRuns: 800 },
    );
  });

  it("keeps to its memory where the net change is many times as large", async () => {
    await using folder = await tempDirectory();
    const memoryBytes = 6 * 1024 * 1024;
    const [keyed, , bag, log] = HISTORY_SHAPES as [Shape, Shape, Shape, Shape];
    const tables = [keyed, bag, log];
    using netChange = createNetChange({
      tables: tables.map((shape) => ({
        shape,
        baseSeq: 0,
        throughSeq: 1_000_000,
      })),
      memoryBytes,
      workFolder: folder.path,
    });
    const wide = (n: number) => `${n}-`.padEnd(400, "x");
    const rows = 20_000;
    for (let seq = rows / 100; seq >= 1; seq--) {
      const ids = Array.from({ length: 100 }, (_, n) => (seq - 1) * 100 + n);
      const changes = ids.flatMap((n): Change[] => [
        {
          kind: "update",
          ref: 0,
          old: { kind: "none" },
          after: [Buffer.from(`${n}`), Buffer.from(wide(n)), UNCHANGED],
        },
        { kind: "insert", ref: 1, after: sampleRow(wide(n), "b") },
        {
          kind: "delete",
          ref: 1,
          old: { kind: "full", row: sampleRow(`${n}`, "old") },
        },
        { kind: "insert", ref: 2, after: sampleRow(wide(n), "l") },
      ]);
      for (const part of sampleParts({ seq, shapes: tables, parts: [changes] }))
        netChange.addPart(part);
      expect(netChange.stats().bytes).toBeLessThanOrEqual(memoryBytes);
    }
    expect(netChange.stats().spilledBytes).toBeGreaterThan(2 * memoryBytes);
    const numbers = Array.from({ length: rows }, (_, n) => n);
    const text = (line: (n: number) => string) => numbers.map(line).join("");
    const bases = [
      text((n) => `${n}\ta\tTOAST${n}\n`),
      text((n) => `${n}\told\n`),
      "first\tl\n",
    ];
    const expected = [
      text((n) => `${n}\t${wide(n)}\tTOAST${n}\n`),
      text((n) => `${wide(n)}\tb\n`),
      `first\tl\n${text((n) => `${wide(n)}\tl\n`)}`,
    ];
    for (const [n, shape] of tables.entries()) {
      const folded = foldTable(
        netChange,
        shape.table,
        cut(bases[n] as string, 64 * 1024),
      );
      const found = await linesOf(folded.rows);
      expect(found.length).toBe(splitRows(expected[n] as string).length);
      expect(found.join("") === splitRows(expected[n] as string).join("")).toBe(
        true,
      );
      expect(netChange.stats().bytes).toBeLessThanOrEqual(memoryBytes);
    }
    expect(await readdir(folder.path)).toEqual([]);
  });
});
