import { randomBytes } from "node:crypto";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSegment } from "../../../src/archive/segment-reader.ts";
import { decodeBlock } from "../../../src/format/container-block.ts";
import { createContainer } from "../../../src/format/container-writer.ts";
import { encodeJournalRecord } from "../../../src/format/journal-record.ts";
import { openDirectoryStore } from "../../../src/storage/directory/directory-store.ts";
import { never } from "../../support/never.ts";
import {
  sampleParts,
  sampleRow,
  sampleShape,
} from "../../support/sample-records.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const shape = sampleShape({
  table: 1,
  name: "orders",
  identity: "KEY",
  columns: ["id*", "note"],
});
const KEY = "orders/segments/1.avro";

/** A segment of some MiB in a store on a disk. */
async function storedSegment(folder: string) {
  const path = join(folder, "segment.avro");
  await using writer = await createContainer(path);
  for (let seq = 1; seq <= 60; seq++) {
    const note = randomBytes(50_000).toString("hex");
    const change = { kind: "insert", ref: 0, after: sampleRow(`${seq}`, note) };
    for (const part of sampleParts({
      ...{ seq, shapes: [shape] },
      parts: [[change as never]],
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
