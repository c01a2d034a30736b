import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldTable } from "../../../src/fold/fold-table.ts";
import { createNetChange } from "../../../src/fold/net-change.ts";
import {
  HISTORY_SHAPES,
  buildHistory,
  steps,
} from "../../support/random-history.ts";

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

describe("fold", () => {
  it("gives every table as a plain model has it, from any base to any point", async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        async (of, choices, chunkSize) => {
          const { parts, states } = buildHistory(of);
          const throughSeq = (choices[4] as number) % states.length;
          const bases = choices.map((choice) => choice % (throughSeq + 1));
          const netChange = createNetChange({
            tables: HISTORY_SHAPES.map((shape, n) => ({
              shape,
              baseSeq: bases[n] as number,
              throughSeq,
            })),
            memoryBytes: MEMORY,
          });
          for (const part of parts.toReversed()) netChange.addPart(part);
          for (const [n, shape] of HISTORY_SHAPES.entries()) {
            const base = states[bases[n] as number]?.[n] ?? [];
            const { rows } = foldTable(
              netChange,
              shape.table,
              cut(base.join(""), chunkSize),
            );
            expect(await linesOf(rows)).toEqual(states[throughSeq]?.[n]);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });
});
