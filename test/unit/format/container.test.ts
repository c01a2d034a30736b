import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { zstdDecompressSync } from "node:zlib";
import avsc from "avsc";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type {
  JournalRecord,
  PartOutline,
} from "../../../src/core/journal-record.ts";
import { lsnPosition } from "../../../src/core/position.ts";
import {
  memorySource,
  openFileSource,
} from "../../../src/format/byte-source.ts";
import { openBlock } from "../../../src/format/container-block.ts";
import {
  indexContainer,
  readBlocksBackward,
  readContainer,
} from "../../../src/format/container-reader.ts";
import { streamContainer } from "../../../src/format/container-stream.ts";
import {
  BLOCK_BYTES,
  createContainer,
} from "../../../src/format/container-writer.ts";
import { encodeJournalRecord } from "../../../src/format/journal-record.ts";
import {
  sampleParts,
  sampleRow,
  sampleShape,
} from "../../support/sample-records.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const never = new AbortController().signal;
const shape = sampleShape({
  table: 16390,
  name: "orders",
  identity: "KEY",
  columns: ["id*", "note"],
});

function sampleRecords(count: number, noteBytes: number): JournalRecord[] {
  const records: JournalRecord[] = [{ kind: "shape", shape }];
  for (let seq = 1; seq <= count; seq++) {
    const after = sampleRow(`${seq}`, "x".repeat(noteBytes));
    records.push(
      ...sampleParts({
        seq,
        shapes: [shape],
        parts: [[{ kind: "insert", ref: 0, after }]],
      }),
      {
        kind: "progress",
        afterSeq: seq,
        incarnation: 1,
        position: lsnPosition(BigInt(seq) * 300n),
        at: BigInt(seq),
      },
    );
  }
  return records;
}

async function writeSample(path: string, records: readonly JournalRecord[]) {
  await using writer = await createContainer(path);
  for (const record of records) {
    writer.append(encodeJournalRecord(record));
    await writer.drain();
  }
  return writer.finish();
}

async function collect(
  batches: AsyncIterable<readonly JournalRecord[]>,
): Promise<string[]> {
  const found: string[] = [];
  for await (const batch of batches) found.push(...batch.map(fingerprint));
  return found;
}

function outline({ header, bytes, changesOffset }: PartOutline): unknown {
  const { seq, part, tables, commit } = header;
  const last = commit !== undefined;
  return { seq, part, tables, last, changesOffset, bytes: Buffer.from(bytes) };
}

function fingerprint(record: JournalRecord): string {
  return Buffer.from(encodeJournalRecord(record)).toString("base64");
}

describe("container of journal records", () => {
  it("reads forward, backward and as a stream what was written, over many blocks", async () => {
    await using folder = await tempDirectory();
    const path = join(folder.path, "many.avro");
    const records = sampleRecords(40, 100_000);
    const facts = await writeSample(path, records);
    const bytes = await readFile(path);

    expect(facts.bytes).toBe(bytes.length);
    expect(facts.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(facts.records).toBe(records.length);
    expect(facts.rawBytes).toBe(
      records.reduce((sum, r) => sum + encodeJournalRecord(r).length, 0),
    );

    const expected = records.map(fingerprint);
    await using file = await openFileSource(path);
    const container = await indexContainer("many.avro", file);
    expect(container.blocks.length).toBeGreaterThan(3);
    expect(await collect(readContainer(container, never))).toEqual(expected);
    const backward: unknown[] = [];
    for await (const block of readBlocksBackward(container, never)) {
      using opened = await openBlock(block);
      for (const part of opened.parts) backward.push(outline(part));
    }
    expect(backward).toEqual(
      records
        .filter((record) => record.kind === "part")
        .map(outline)
        .toReversed(),
    );
    const stream = Readable.from(chunksOf(bytes, 70_001));
    expect(await collect(streamContainer("many.avro", stream))).toEqual(
      expected,
    );
  });

  it("keeps a record larger than a block in a block of its own", async () => {
    await using folder = await tempDirectory();
    const path = join(folder.path, "large.avro");
    const records = [
      ...sampleRecords(1, 10),
      ...sampleRecords(1, 2 * BLOCK_BYTES),
      ...sampleRecords(1, 10),
    ];
    await writeSample(path, records);
    const source = memorySource(await readFile(path));
    const container = await indexContainer("large.avro", source);
    expect(container.blocks.map((block) => block.records)).toContain(1);
    expect(await collect(readContainer(container, never))).toEqual(
      records.map(fingerprint),
    );
  });

  it("is read by avsc with the schema that it carries", async () => {
    await using folder = await tempDirectory();
    const path = join(folder.path, "avsc.avro");
    await writeSample(path, sampleRecords(20, 50));
    const decoder = avsc.createFileDecoder(path, {
      codecs: {
        zstandard: (frame: Buffer, done: (e: null, raw: Buffer) => void) =>
          done(null, zstdDecompressSync(frame)),
      },
    });
    const seqs: number[] = [];
    for await (const datum of decoder as AsyncIterable<{
      record: Record<string, { seq: number; tables: { table: number }[] }>;
    }>) {
      const part = datum.record["tidemark.v1.TransactionPart"];
      if (part !== undefined) {
        seqs.push(part.seq);
        expect(part.tables[0]?.table).toBe(16390);
      }
    }
    expect(seqs).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });

  it("never gives other records from damaged bytes, and notices every cut", async () => {
    await using folder = await tempDirectory();
    const path = join(folder.path, "damage.avro");
    const records = sampleRecords(30, 60);
    await writeSample(path, records);
    const whole = await readFile(path);
    const expected = records.map(fingerprint);
    const header = whole.indexOf(Buffer.from("tidemark.format")) + 17 + 1;
    const read = async (bytes: Buffer) => {
      const container = await indexContainer("x", memorySource(bytes));
      return collect(readContainer(container, never));
    };
    const stream = (bytes: Buffer) =>
      collect(streamContainer("x", Readable.from(chunksOf(bytes, 999))));
    const refused = { code: "ARCHIVE_DAMAGED" };
    // A few bits of a zstd frame mean nothing; with them flipped the records are still the same.
    const unlessDamaged = (error: unknown) => {
      expect(error).toMatchObject(refused);
      return expected;
    };

    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: header, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const bytes = Buffer.from(whole);
          bytes[at] = (bytes[at] as number) ^ flip;
          const readings = [read(bytes), stream(bytes)].map((reading) =>
            reading.catch(unlessDamaged),
          );
          expect(await Promise.all(readings)).toEqual([expected, expected]);
        },
      ),
      { numRuns: 150 },
    );
    const ends = (await indexContainer("x", memorySource(whole))).blocks.map(
      (block) => block.offset,
    );
    for (let size = 0; size < whole.length; size += 13) {
      const bytes = whole.subarray(0, size);
      if (ends.includes(size)) continue; // whole blocks only: the hash tells
      await expect(read(bytes)).rejects.toMatchObject(refused);
      await expect(stream(bytes)).rejects.toMatchObject(refused);
    }
    expect(await read(whole)).toEqual(expected);
  });

  it("refuses a newer format", async () => {
    await using folder = await tempDirectory();
    const path = join(folder.path, "newer.avro");
    await writeSample(path, sampleRecords(1, 1));
    const bytes = await readFile(path);
    bytes[bytes.indexOf(Buffer.from("tidemark.format")) + 16] = 0x32;
    await expect(
      indexContainer("newer", memorySource(bytes)),
    ).rejects.toMatchObject({ code: "FORMAT_TOO_NEW" });
  });

  it("leaves early without a failure of the blocks that it read ahead", async () => {
    await using folder = await tempDirectory();
    const path = join(folder.path, "early.avro");
    await writeSample(path, sampleRecords(40, 100_000));
    await using file = await openFileSource(path);
    const container = await indexContainer("early", file);
    for await (const batch of readContainer(container, never)) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
  });
});

function chunksOf(bytes: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size)
    chunks.push(bytes.subarray(at, at + size));
  return chunks;
}
