import { randomBytes } from "node:crypto";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Change } from "../../../src/core/change.ts";
import type { JournalRecord } from "../../../src/core/journal-record.ts";
import { openSegment } from "../../../src/archive/segment-reader.ts";
import { decodeBlock } from "../../../src/format/container-block.ts";
import { createContainer } from "../../../src/format/container-writer.ts";
import { encodeJournalRecord } from "../../../src/format/journal-record.ts";
import { openDirectoryStore } from "../../../src/storage/directory/directory-store.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import { ORDERS_SHAPE } from "../../support/sample-orders.ts";
import { sampleParts } from "../../support/sample-records.ts";
import {
  history,
  insert,
  spoolIn,
  storedHistory,
  users,
} from "../../support/sample-segment.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const KEY = "orders/segments/1.avro";

/** A segment of some MiB in a store on a disk. */
async function storedSegment(folder: string) {
  const path = join(folder, "segment.avro");
  await using writer = await createContainer(path);
  for (let seq = 1; seq <= 60; seq++) {
    const note = randomBytes(50_000).toString("hex");
    for (const part of sampleParts({
      ...{ seq, shapes: [ORDERS_SHAPE] },
      parts: [[insert(0, `${seq}`, note)]],
    })) {
      writer.append(encodeJournalRecord(part));
      await writer.drain();
    }
  }
  const { bytes, sha256 } = await writer.finish();
  const directory = join(folder, "archive");
  const store = await openDirectoryStore({ directory });
  const body = { kind: "file", path, sizeBytes: bytes, sha256 } as const;
  await store.create(KEY, body, never);
  const object = { key: KEY, bytes, sha256 };
  const file = join(directory, KEY);
  return { store, object, file, workFolder: join(folder, "work") };
}

describe("a large segment on a disk", () => {
  it("is read where it is, forward and backward, and needs no working folder", async () => {
    await using folder = await tempDirectory();
    const place = await storedSegment(folder.path);
    expect(place.object.bytes).toBeGreaterThan(2 * 1024 * 1024);
    await using segment = await openSegment(place, never);
    const forward: number[] = [];
    for await (const records of segment.records(never))
      for (const record of records)
        if (record.kind === "part") forward.push(record.header.seq);
    expect(forward).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
    const backward: number[] = [];
    for await (const block of segment.blocksBackward(never))
      for (const record of (await decodeBlock(block)).toReversed())
        if (record.kind === "part") backward.push(record.header.seq);
    expect(backward).toEqual(forward.toReversed());
    expect(await readdir(folder.path)).not.toContain("work");
  });

  it("gives nothing when its bytes are others, or fewer", async () => {
    await using folder = await tempDirectory();
    const place = await storedSegment(folder.path);
    await using file = await open(place.file, "r+");
    const at = place.object.bytes - 1000;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    await file.write(Buffer.from([(buffer[0] as number) ^ 1]), 0, 1, at);
    const damaged = { code: "ARCHIVE_DAMAGED" };
    await expect(openSegment(place, never)).rejects.toMatchObject(damaged);
    await file.write(buffer, 0, 1, at);
    await using _whole = await openSegment(place, never);
    await file.truncate(at);
    await expect(openSegment(place, never)).rejects.toMatchObject(damaged);
  });

  it("is found damaged even when that happens while it is read", async () => {
    await using folder = await tempDirectory();
    const place = await storedSegment(folder.path);
    await using segment = await openSegment(place, never);
    await using file = await open(place.file, "r+");
    await file.truncate(place.object.bytes >>> 1);
    const reading = async () => {
      for await (const records of segment.records(never))
        expect(records.length).toBeGreaterThan(0);
    };
    await expect(reading()).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
  });
});

describe("a segment", () => {
  it("is readable alone: each shape stands before its first use, once", async () => {
    await using folder = await tempDirectory();
    const { store, object } = await storedHistory(folder.path);
    await using segment = await openSegment(
      { store, object, workFolder: folder.path },
      never,
    );
    const forward: JournalRecord[] = [];
    for await (const batch of segment.records(never)) forward.push(...batch);
    const known = new Set<string>();
    for (const record of forward) {
      if (record.kind === "shape") {
        expect(known.has(record.shape.id)).toBe(false);
        known.add(record.shape.id);
      } else if (record.kind === "part") {
        for (const touched of record.header.tables)
          expect(known.has(touched.shape)).toBe(true);
      }
    }
    expect(known).toEqual(new Set([ORDERS_SHAPE.id, users.id]));
    const bytesOf = (records: readonly JournalRecord[]) =>
      records
        .filter((record) => record.kind !== "shape")
        .map((record) =>
          Buffer.from(encodeJournalRecord(record)).toString("hex"),
        );
    expect(bytesOf(forward)).toEqual(bytesOf(history));
    const backward: JournalRecord[] = [];
    for await (const block of segment.blocksBackward(never))
      backward.push(...(await decodeBlock(block)).toReversed());
    expect(bytesOf(backward)).toEqual(bytesOf(history).toReversed());
  });

  it("refuses bytes that the catalog does not name before it reads a record", async () => {
    await using folder = await tempDirectory();
    const { store, object } = await storedHistory(folder.path);
    const { key } = object;
    const good = store.objects.get(key);
    if (good === undefined) throw new Error("no object");
    const flipped = Uint8Array.from(good);
    flipped[200] = (flipped[200] ?? 0) ^ 1; // inside the schema: harmless to a decoder
    const open = () =>
      openSegment({ store, object, workFolder: folder.path }, never);
    const longer = Buffer.concat([good, Buffer.from([0])]);
    for (const bytes of [flipped, good.subarray(0, -1), longer]) {
      store.objects.set(key, bytes);
      await expect(open()).rejects.toMatchObject({
        code: "ARCHIVE_DAMAGED",
        details: { object: key },
      });
    }
    store.objects.set(key, good);
    await using segment = await open();
    expect(segment).toBeDefined();
  });

  it("reads a segment that is too large for memory from a working file, and removes it", async () => {
    await using folder = await tempDirectory();
    await using spool = await spoolIn(folder.path);
    const records: JournalRecord[] = [{ kind: "shape", shape: users }];
    for (let seq = 1; seq <= 3; seq++) {
      const noise = randomBytes(12 * 1024 * 1024);
      const after = [Buffer.concat([noise, noise.map((byte) => byte ^ 0x55)])];
      const change: Change = { kind: "insert", ref: 0, after };
      records.push(...sampleParts({ seq, shapes: [users], parts: [[change]] }));
    }
    await spool.add(records);
    const { object, path } = await spool.finish();
    expect(object.bytes).toBeGreaterThan(64 * 1024 * 1024);
    const store = new MemoryStore();
    const key = "large.avro";
    const { bytes: sizeBytes, sha256 } = object;
    const body = { kind: "file", path, sizeBytes, sha256 } as const;
    await store.create(key, body, never);
    await using work = await tempDirectory();
    const seqs: number[] = [];
    {
      await using segment = await openSegment(
        { store, object: { key, ...object }, workFolder: work.path },
        never,
      );
      for await (const block of segment.blocksBackward(never))
        for (const record of await decodeBlock(block))
          if (record.kind === "part") seqs.push(record.header.seq);
    }
    expect(seqs).toEqual([3, 2, 1]);
    expect(await readdir(work.path)).toEqual([]);
  });
});
