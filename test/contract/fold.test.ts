import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TidemarkError } from "../../src/core/errors.ts";
import type { EncodedPart } from "../../src/core/journal-record.ts";
import type { Fold, FoldOptions } from "../../src/fold/fold.ts";
import { FoldThread } from "../../src/fold/fold-thread.ts";
import { LocalFold } from "../../src/fold/local-fold.ts";
import { sequenceKey } from "../../src/fold/sequence-readings.ts";
import type { StoredBlock } from "../../src/format/container-block.ts";
import { RowDigest } from "../../src/format/row-digest.ts";
import { compressFrame } from "../../src/format/zstd.ts";
import {
  HISTORY_SHAPES,
  buildHistory,
  steps,
} from "../support/random-history.ts";
import { insert, orders, partsOf, update } from "../support/sample-fold.ts";
import { sampleParts } from "../support/sample-records.ts";
import { tempDirectory } from "../support/temp-directory.ts";

const MEMORY = 64 * 1024 * 1024;

describe.each<[string, (options: FoldOptions) => Fold]>([
  ["in this thread", (options) => new LocalFold(options)],
  ["in a thread of its own", (options) => new FoldThread(options)],
])("a fold %s", (_, open) => {
  it("gives every table as a plain model has it, with the digest of its rows", async () => {
    await using folder = await tempDirectory();
    const run = fc.record({
      steps,
      blockSize: fc.integer({ min: 1, max: 20 }),
      memoryBytes: fc.constantFrom(MEMORY, 2 * MEMORY),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ blockSize, memoryBytes, ...of }) => {
        const { parts, states } = buildHistory(of.steps);
        const throughSeq = states.length - 1;
        await using fold = open({
          tables: HISTORY_SHAPES.map((shape) => ({
            shape,
            baseSeq: 0,
            throughSeq,
          })),
          memoryBytes,
          workFolder: folder.path,
          throughSeq,
          readingsAfterSeq: 0,
        });
        const blocks = await blocksOf(parts, blockSize);
        await Promise.all(
          blocks.map((block) => fold.addBlock({ block, sequences: false })),
        );
        const summary = await fold.summary();
        expect(summary.parts).toBeLessThanOrEqual(parts.length);
        // Several at once, as they are loaded.
        await Promise.all(
          HISTORY_SHAPES.map(async (shape, n) => {
            const base = bytesOf(states[0]?.[n] ?? []);
            const folded = fold.join(shape.table, chunks(base, 7));
            const rows = await readAll(folded.rows);
            expect(linesOf(rows)).toEqual(states[throughSeq]?.[n]);
            expect(folded.digest()).toEqual(digestOf(rows));
          }),
        );
      }),
      { numRuns: 12 },
    );
  });

  it("reads a large base and gives large results, byte for byte", async () => {
    await using folder = await tempDirectory();
    await using fold = open(options(folder.path));
    const parts = partsOf([
      update("500", "changed", "U"),
      insert("x", "y", "z"),
    ]);
    for (const block of await blocksOf(parts, 1))
      await fold.addBlock({ block, sequences: false });
    const line = (n: number) => `${n}\t${"note ".repeat(20)}${n}\t${n}\n`;
    const base = Array.from({ length: 40_000 }, (_row, n) => line(n));
    const folded = fold.join(orders.table, chunks(bytesOf(base), 100_003));
    const rows = await readAll(folded.rows);
    base[500] = "500\tchanged\t500\n";
    expect(rows.equals(bytesOf([...base, "x\ty\tz\n"]))).toBe(true);
    expect(folded.counts).toEqual({
      ...{ replaced: 1, removed: 0, added: 1 },
      base: "joined",
    });
  });

  it("does not wait for a base that a truncated table does not need", async () => {
    await using folder = await tempDirectory();
    await using fold = open(options(folder.path));
    const parts = partsOf([
      {
        ...{ kind: "truncate", refs: [0] },
        ...{ cascade: false, restartIdentity: false },
      },
      insert("1", "a", "b"),
    ]);
    for (const block of await blocksOf(parts, 10))
      await fold.addBlock({ block, sequences: false });
    const folded = fold.join(orders.table, chunks(Buffer.alloc(4_000_000), 10));
    expect((await readAll(folded.rows)).toString()).toBe("1\ta\tb\n");
    expect(folded.counts.base).toBe("none");
  });

  it("keeps the newest reading of a sequence, of blocks that may have one", async () => {
    await using folder = await tempDirectory();
    await using fold = open(options(folder.path));
    const parts = [1, 2, 3].map((seq) => reading(seq, `${seq * 10}`));
    const [newest, ...older] = await blocksOf(parts, 1);
    await fold.addBlock({ block: newest as StoredBlock, sequences: false });
    for (const block of older) await fold.addBlock({ block, sequences: true });
    const key = sequenceKey({ namespace: "public", name: "ids" });
    expect((await fold.summary()).readings).toEqual(new Map([[key, "20"]]));
  });

  it("keeps no reading from before the definitions, which say more", async () => {
    await using folder = await tempDirectory();
    await using fold = open({ ...options(folder.path), readingsAfterSeq: 2 });
    const parts = [reading(1, "10"), reading(2, "20"), reading(3, "30", "old")];
    for (const block of await blocksOf(parts, 10))
      await fold.addBlock({ block, sequences: true });
    const key = sequenceKey({ namespace: "public", name: "old" });
    expect((await fold.summary()).readings).toEqual(new Map([[key, "30"]]));
  });

  it("says which damage it met, and folds nothing after it", async () => {
    await using folder = await tempDirectory();
    await using fold = open(options(folder.path));
    const blocks = await blocksOf(
      partsOf([insert("1", "a", "b"), insert("2", "a", "b")]),
      1,
    );
    const [newest, oldest] = blocks as [StoredBlock, StoredBlock];
    const frame = Buffer.alloc(newest.frame.length, 7);
    const damaged = { ...newest, frame };
    const refused = {
      code: "ARCHIVE_DAMAGED",
      message: expect.stringContaining("orders.avro") as string,
    };
    const first = fold.addBlock({ block: damaged, sequences: false });
    const second = fold.addBlock({ block: oldest, sequences: false });
    await expect(first).rejects.toMatchObject(refused);
    await expect(second).rejects.toMatchObject(refused);
  });

  it("never ends the rows of a base that fails, and says why", async () => {
    await using folder = await tempDirectory();
    await using fold = open(options(folder.path));
    const parts = partsOf([update("1", "a", "U")]);
    for (const block of await blocksOf(parts, 1))
      await fold.addBlock({ block, sequences: false });
    async function* failing() {
      yield bytesOf(["1\ta\tb\n", "2\ta\tb\n"]);
      throw new TidemarkError("OBJECT_MISSING", "a part is gone", {
        hint: "look for it",
      });
    }
    const folded = fold.join(orders.table, failing());
    await expect(readAll(folded.rows)).rejects.toMatchObject({
      code: "OBJECT_MISSING",
      message: "a part is gone",
      hint: "look for it",
    });
    expect(() => folded.digest()).toThrow();
  });

  it("refuses a base that contradicts the changes", async () => {
    await using folder = await tempDirectory();
    await using fold = open(options(folder.path));
    for (const block of await blocksOf(partsOf([update("1", "a", "U")]), 1))
      await fold.addBlock({ block, sequences: false });
    const folded = fold.join(orders.table, chunks(bytesOf(["7\ta\tb\n"]), 3));
    await expect(readAll(folded.rows)).rejects.toMatchObject({
      code: "ARCHIVE_DAMAGED",
    });
  });

  it("may be left in the middle of a table", async () => {
    await using folder = await tempDirectory();
    await using fold = open(options(folder.path));
    const base = Array.from({ length: 50_000 }, (_row, n) => `${n}\ta\tb\n`);
    const folded = fold.join(orders.table, chunks(bytesOf(base), 50_000));
    for await (const chunk of folded.rows) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });
});

function options(workFolder: string): FoldOptions {
  const throughSeq = 1_000_000;
  return {
    tables: [{ shape: orders, baseSeq: 0, throughSeq }],
    memoryBytes: MEMORY,
    ...{ workFolder, throughSeq, readingsAfterSeq: 0 },
  };
}

/** Newest first, as a fold wants them. */
async function blocksOf(
  parts: readonly EncodedPart[],
  size: number,
): Promise<StoredBlock[]> {
  const blocks: StoredBlock[] = [];
  for (let at = 0; at < parts.length; at += size) {
    const records = parts.slice(at, at + size);
    blocks.unshift({
      name: "orders.avro",
      offset: at,
      records: records.length,
      frame: await compressFrame(
        Buffer.concat(records.map(({ bytes }) => bytes)),
      ),
      syncMatches: true,
    });
  }
  return blocks;
}

function reading(seq: number, lastValue: string, name = "ids"): EncodedPart {
  const body = { namespace: "public", name, lastValue };
  const [part] = sampleParts({
    seq,
    shapes: [],
    parts: [
      [
        {
          kind: "event",
          event: "sequence",
          name: "",
          body: Buffer.from(JSON.stringify(body)),
        },
      ],
    ],
  });
  return part as EncodedPart;
}

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join(""));
}

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size)
    yield bytes.subarray(at, at + size);
}

async function readAll(rows: AsyncIterable<Buffer>): Promise<Buffer> {
  const found: Buffer[] = [];
  for await (const chunk of rows) found.push(chunk);
  return Buffer.concat(found);
}

function linesOf(bytes: Buffer): string[] {
  return bytes
    .toString()
    .split("\n")
    .slice(0, -1)
    .map((line) => `${line}\n`)
    .sort();
}

function digestOf(rows: Buffer) {
  const digest = new RowDigest();
  digest.add(rows);
  return digest.finish();
}
