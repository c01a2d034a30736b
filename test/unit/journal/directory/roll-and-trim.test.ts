import { readFile, readdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { planTrim } from "../../../../src/journal/directory/trim-files.ts";
import { filePaths, journalFolder } from "../../../support/journal-files.ts";
import {
  begunWriter,
  orders,
  partFacts,
  readBatches,
  readParts,
  shapeRecord,
  startAt,
  tableShape,
  transaction,
  transactions,
} from "../../../support/journal-samples.ts";
import { never } from "../../../support/never.ts";

async function fileNames(source: string): Promise<string[]> {
  return (await filePaths(source)).map((path) => basename(path));
}

describe("rolling", () => {
  it("begins a file with the next frame's number once the size is reached", async () => {
    await using folder = await journalFolder({ rollBytes: 900 });
    const journal = await folder.open();
    await using writer = await begunWriter(journal);
    for (let seq = 1; seq <= 12; seq++)
      await writer.append(transaction(seq, { valueBytes: 200 }), never);
    const names = await fileNames(folder.source);
    expect(names.length).toBeGreaterThan(3);
    expect(names[0]).toBe("00000000000000000001.journal");
    for (const path of (await filePaths(folder.source)).slice(0, -1))
      expect((await readFile(path)).length).toBeGreaterThanOrEqual(900);
    expect(await readdir(join(folder.source, "work"))).toEqual([]);
  });

  it("puts the shapes in use at the head of each file, and idle ones before their next use", async () => {
    await using folder = await journalFolder({ rollBytes: 1 });
    const journal = await folder.open();
    await using writer = await begunWriter(journal);
    const rare = tableShape(2);
    const shape: unknown[] = [];
    await writer.append([{ kind: "shape", shape: rare }], never);
    await writer.append(transaction(1, { shape: rare }), never);
    for (let seq = 2; seq <= 5; seq++)
      await writer.append(transaction(seq), never);
    await writer.append(transaction(6, { shape: rare }), never);
    for (let after = 0; after < 6; after++) {
      const records = (await readBatches(journal, after, 6)).flat();
      shape.push(records.filter(({ kind }) => kind === "shape").length);
    }
    expect(shape).toEqual([2, 2, 2, 2, 2, 1]);
    const paths = await filePaths(folder.source);
    const holds = async (at: number) =>
      (await readFile(paths[at] ?? "")).includes("table_2");
    expect(await holds(0)).toBe(true);
    expect(await holds(1)).toBe(true);
    expect(await holds(3)).toBe(false);
    expect(await holds(paths.length - 1)).toBe(true);
  });

  it("knows the shapes of the newest file after a re-open", async () => {
    await using folder = await journalFolder({ rollBytes: 1 });
    {
      await using writer = await begunWriter(await folder.open());
      await writer.append(transaction(1), never);
    }
    const journal = await folder.open();
    await using writer = await journal.openWriter(orders, never);
    await writer.append(transaction(2), never);
    expect((await readParts(journal, 0, 2)).length).toBe(2);
  });

  it("may cut a transaction in two, and an abandoned one as well", async () => {
    await using folder = await journalFolder({ rollBytes: 1 });
    const abandoned = transaction(2, { parts: 5, attempt: 1 });
    const whole = transaction(2, { parts: 6, attempt: 2 });
    {
      await using writer = await begunWriter(await folder.open());
      await writer.append(transaction(1), never);
      for (const part of abandoned.slice(0, 4))
        await writer.append([part], never);
    }
    const journal = await folder.open();
    await using writer = await journal.openWriter(orders, never);
    await writer.append([shapeRecord], never);
    for (const part of whole) await writer.append([part], never);
    await writer.append(transaction(3), never);
    expect(partFacts(await readParts(journal, 0, 3))).toEqual(
      partFacts([...transaction(1), ...whole, ...transaction(3)]),
    );
    for (const seq of [1, 2, 3])
      expect(await journal.find(orders, seq, never)).toEqual(startAt(seq));
    expect(partFacts(await readParts(journal, 2, 3))).toEqual(
      partFacts(transaction(3)),
    );
  });

  it("cuts an append that is larger than a frame may be", async () => {
    await using folder = await journalFolder({ maxRecordBytes: 1000 });
    const journal = await folder.open();
    await using writer = await begunWriter(journal);
    const sent = transactions(1, 50);
    await writer.append(sent, never);
    expect(partFacts(await readParts(journal, 0, 50))).toEqual(partFacts(sent));
    await expect(
      writer.append(transaction(51, { valueBytes: 1000 }), never),
    ).rejects.toMatchObject({ code: "ROW_TOO_LARGE" });
    await writer.append(transaction(51), never);
  });
});

describe("trimming", () => {
  it("plans whole files from the oldest on, never the newest", () => {
    const files = [1, 11, 21, 31].map((firstSeq, index) => ({
      salt: Buffer.alloc(16),
      firstFrame: 100 + index,
      firstSeq,
      history: 100,
    }));
    expect(planTrim(files, 9)).toEqual([]);
    expect(planTrim(files, 10)).toEqual([100]);
    expect(planTrim(files, 29)).toEqual([100, 101]);
    expect(planTrim(files, 1_000_000)).toEqual([100, 101, 102]);
    expect(planTrim([], 10)).toEqual([]);
  });

  it("deletes files, and what was in them is a gap", async () => {
    await using folder = await journalFolder({ rollBytes: 1 });
    const journal = await folder.open();
    await using writer = await begunWriter(journal);
    for (let seq = 1; seq <= 6; seq++)
      await writer.append(transaction(seq), never);
    const before = await fileNames(folder.source);
    await journal.trim(orders, 3, never);
    const after = await fileNames(folder.source);
    expect(after).toEqual(before.slice(-after.length));
    expect(after.length).toBeLessThan(before.length);
    await expect(readParts(journal, 2, 6)).rejects.toMatchObject({
      code: "JOURNAL_GAP",
    });
    expect(await journal.find(orders, 2, never)).toBeUndefined();
    expect((await readParts(journal, 3, 6)).length).toBe(3);
  });

  it("keeps the files of an unfinished transaction, here and from another process", async () => {
    await using folder = await journalFolder({ rollBytes: 1 });
    const journal = await folder.open();
    await using writer = await begunWriter(journal);
    await writer.append(transactions(1, 2), never);
    const parts = transaction(3, { parts: 6 });
    for (const part of parts.slice(0, 5)) await writer.append([part], never);
    await journal.trim(orders, 1_000_000, never);
    await (await folder.open()).trim(orders, 1_000_000, never);
    await writer.append(parts.slice(5), never);
    expect(partFacts(await readParts(journal, 1, 3))).toEqual(
      partFacts([...transaction(2), ...parts]),
    );
    await journal.trim(orders, 2, never);
    expect(partFacts(await readParts(journal, 2, 3))).toEqual(partFacts(parts));
  });

  it("under a reader that has not come so far is a gap for it", async () => {
    await using folder = await journalFolder({ rollBytes: 1 });
    const journal = await folder.open();
    await using writer = await begunWriter(journal);
    const large = transaction(1, { parts: 3, valueBytes: 5 * 1024 * 1024 });
    for (const part of large) await writer.append([part], never);
    await writer.append(transactions(2, 3), never);
    const reading = journal.read(orders, 0, never)[Symbol.asyncIterator]();
    expect((await reading.next()).done).toBe(false);
    await journal.trim(orders, 1, never);
    await expect(
      (async () => {
        while (!(await reading.next()).done);
      })(),
    ).rejects.toMatchObject({ code: "JOURNAL_GAP" });
  });
});

describe("beginning anew", () => {
  it("counts the old files or the new one, whatever of the old is left", async () => {
    await using folder = await journalFolder({ rollBytes: 1 });
    const journal = await folder.open();
    const writer = await begunWriter(journal);
    for (let seq = 1; seq <= 4; seq++)
      await writer.append(transaction(seq), never);
    const old = await filePaths(folder.source);
    const bytes = await Promise.all(old.map((path) => readFile(path)));
    await writer.begin(startAt(30), never);
    await writer[Symbol.asyncDispose]();
    expect((await filePaths(folder.source)).length).toBe(1);
    // Every set of files that a crash between the deletions can leave.
    for (let left = 0; left < 2 ** old.length; left++) {
      for (const [index, path] of old.entries())
        if (left & (1 << index)) await writeFile(path, bytes[index] ?? "");
      const reader = await folder.open();
      expect(await reader.find(orders, 4, never)).toBeUndefined();
      await expect(readParts(reader, 3, 4)).rejects.toMatchObject({
        code: "JOURNAL_GAP",
      });
      await using again = await reader.openWriter(orders, never);
      expect(again.head).toMatchObject(startAt(30));
      expect((await filePaths(folder.source)).length).toBe(1);
    }
  });

  it("forgets a draft that never got its name", async () => {
    await using folder = await journalFolder();
    const journal = await folder.open();
    {
      await using writer = await begunWriter(journal);
      await writer.append(transaction(1), never);
    }
    const draft = join(folder.source, "work", "00000000000000000009.journal");
    await writeFile(draft, "half a file");
    await using writer = await journal.openWriter(orders, never);
    expect(writer.head).toMatchObject(startAt(1));
    expect(await readdir(join(folder.source, "work"))).toEqual([]);
  });
});
