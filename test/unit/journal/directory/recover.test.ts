import { randomInt } from "node:crypto";
import {
  copyFile,
  readFile,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { crc32 } from "node:zlib";
import { FrameEncoder } from "../../../../src/journal/directory/frame.ts";
import { decodeFileHeader } from "../../../../src/journal/directory/file-header.ts";
import {
  filePaths,
  framePlaces,
  journalFolder,
  type JournalFolder,
} from "../../../support/journal-files.ts";
import {
  begunWriter,
  orders,
  partFacts,
  readParts,
  shapeRecord,
  startAt,
  transaction,
} from "../../../support/journal-samples.ts";
import { never } from "../../../support/never.ts";

/** Transactions 1 to 4, a frame each, in one file. */
async function write(folder: JournalFolder): Promise<string> {
  const journal = await folder.open();
  await using writer = await begunWriter(journal);
  for (let seq = 1; seq <= 4; seq++)
    await writer.append(transaction(seq, { valueBytes: 40 }), never);
  const [path] = await filePaths(folder.source);
  return path ?? "";
}

async function openedHead(folder: JournalFolder): Promise<number | undefined> {
  const journal = await folder.open();
  await using writer = await journal.openWriter(orders, never);
  return writer.head?.seq;
}

describe("the last write of a process that died", () => {
  it("is cut wherever it was torn, and the journal goes on", async () => {
    await using folder = await journalFolder();
    const path = await write(folder);
    await copyFile(path, `${path}.whole`);
    const last = (await framePlaces(path)).at(-1);
    if (last === undefined) throw new Error("no frames");
    for (let size = last.offset; size < last.end; size++) {
      await copyFile(`${path}.whole`, path);
      await truncate(path, size);
      const journal = await folder.open();
      await using writer = await journal.openWriter(orders, never);
      expect(writer.head, `${size} bytes`).toMatchObject(startAt(3));
      expect((await stat(path)).size).toBe(last.offset);
      await writer.append([shapeRecord, ...transaction(4)], never);
      expect((await readParts(journal, 0, 4)).length).toBe(4);
    }
  });

  it("is cut when the file has its size and not its bytes", async () => {
    await using folder = await journalFolder();
    const path = await write(folder);
    const whole = await readFile(path);
    const last = (await framePlaces(path)).at(-1);
    if (last === undefined) throw new Error("no frames");
    for (let from = last.offset; from < last.end; from++) {
      const zeroed = Buffer.from(whole).fill(0, from, last.end);
      if (zeroed.equals(whole)) continue;
      await writeFile(path, zeroed);
      expect(await openedHead(folder), `zeros from ${from}`).toBe(3);
      expect((await stat(path)).size).toBe(last.offset);
    }
  });

  it("is kept when it is whole, acknowledged or not", async () => {
    await using folder = await journalFolder();
    await write(folder);
    expect(await openedHead(folder)).toBe(4);
  });

  it("does not take frames of another file in its bytes for later frames", async () => {
    await using folder = await journalFolder();
    const path = await write(folder);
    const places = await framePlaces(path);
    const { number, salt } = await lastFrame(path, places.length);
    // What a user could have stored: a frame with the right number, made without the file's salt.
    const forged = Buffer.concat(
      new FrameEncoder().encode([Buffer.from("user data")], {
        number: number + 1,
        seed: crc32(Buffer.alloc(salt.length)),
      }),
    );
    const bytes = await readFile(path);
    const torn = Buffer.concat([
      bytes.subarray(0, -3),
      Buffer.alloc(9),
      forged,
    ]);
    await writeFile(path, torn);
    expect(await openedHead(folder)).toBe(3);
    // The same with the salt is a frame, and so the one before it was durable.
    const real = Buffer.concat(
      new FrameEncoder().encode([Buffer.from("user data")], {
        number: number + 1,
        seed: crc32(salt),
      }),
    );
    const damaged = Buffer.concat([
      bytes.subarray(0, -3),
      Buffer.alloc(9),
      real,
    ]);
    await writeFile(path, damaged);
    await expect(openedHead(folder)).rejects.toMatchObject({
      code: "JOURNAL_DAMAGED",
    });
  });
});

async function lastFrame(path: string, frames: number) {
  const header = decodeFileHeader(await readFile(path), path);
  return { number: header.firstFrame + frames - 1, salt: header.salt };
}

describe("damage before the last write", () => {
  it("stops the open, naming file and byte, at every frame", async () => {
    await using folder = await journalFolder();
    const path = await write(folder);
    const whole = await readFile(path);
    const places = await framePlaces(path);
    for (const { offset, end } of places.slice(0, -1)) {
      for (const at of [
        offset,
        offset + 5,
        offset + 8,
        randomInt(offset, end),
      ]) {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ 0x10;
        await writeFile(path, damaged);
        await expect(openedHead(folder), `byte ${at}`).rejects.toMatchObject({
          code: "JOURNAL_DAMAGED",
          details: { file: path, offset },
        });
        expect((await readFile(path)).equals(damaged)).toBe(true);
      }
    }
  });

  it("stops the open when the header or the only frame is gone", async () => {
    await using folder = await journalFolder();
    const path = await write(folder);
    const [first] = await framePlaces(path);
    for (const size of [0, 63, 64, (first?.end ?? 0) - 1]) {
      await truncate(path, size);
      await expect(openedHead(folder)).rejects.toMatchObject({
        code: "JOURNAL_DAMAGED",
      });
    }
  });

  it("in an older file stops the reader", async () => {
    await using folder = await journalFolder({ rollBytes: 1 });
    const journal = await folder.open();
    await using writer = await begunWriter(journal);
    for (let seq = 1; seq <= 4; seq++)
      await writer.append(transaction(seq), never);
    const [, path = ""] = await filePaths(folder.source);
    const bytes = await readFile(path);
    bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) ^ 1;
    await writeFile(path, bytes);
    for (const handle of [journal, await folder.open()]) {
      await expect(readParts(handle, 0, 4)).rejects.toMatchObject({
        code: "JOURNAL_DAMAGED",
        details: { file: path },
      });
      expect(partFacts(await readParts(handle, 3, 4))).toEqual(
        partFacts(transaction(4)),
      );
    }
  });

  it("is a file that is missing in the middle, too", async () => {
    await using folder = await journalFolder({ rollBytes: 1 });
    const journal = await folder.open();
    await using writer = await begunWriter(journal);
    for (let seq = 1; seq <= 4; seq++)
      await writer.append(transaction(seq), never);
    const [, second = "", third = ""] = await filePaths(folder.source);
    await copyFile(third, second);
    await expect(readParts(journal, 0, 4)).rejects.toMatchObject({
      code: "JOURNAL_DAMAGED",
    });
  });
});
