import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { TidemarkError } from "../../../../src/core/errors.ts";
import { openDirectoryJournal } from "../../../../src/journal/directory/directory-journal.ts";
import { journalFileError } from "../../../../src/journal/directory/journal-errors.ts";
import { refuseFileSystem } from "../../../../src/journal/directory/local-disk.ts";
import { installFailpoint } from "../../../../src/platform/failpoints.ts";
import { filePaths, journalFolder } from "../../../support/journal-files.ts";
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

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code, errno: -1 });
}

describe("the file system's errors", () => {
  it.each([
    ["ENOSPC", "DISK_FULL"],
    ["EDQUOT", "DISK_FULL"],
    ["EIO", "JOURNAL_FATAL"],
    ["EFBIG", "JOURNAL_FATAL"],
    ["EACCES", "JOURNAL_FATAL"],
  ])("%s is %s", (system, code) => {
    const error = journalFileError("/journal", systemError(system));
    expect(error).toMatchObject({ code, cause: { code: system } });
    expect((error as TidemarkError).hint).toBeTruthy();
  });

  it("that have a code, and other errors, stay what they are", () => {
    const ours = new TidemarkError("JOURNAL_GAP", "a gap");
    const reason = new DOMException("stop", "AbortError");
    const bug = new TypeError("a bug");
    for (const error of [ours, reason, bug, "reason"])
      expect(journalFileError("/journal", error)).toBe(error);
  });

  it("make no journal where a file stands", async () => {
    await using folder = await journalFolder();
    const path = join(dirname(folder.source), "file");
    await writeFile(path, "");
    await expect(
      openDirectoryJournal({ directory: join(path, "journal") }),
    ).rejects.toMatchObject({ code: "JOURNAL_FATAL" });
  });

  it("on the lock file are no other writer", async () => {
    await using folder = await journalFolder();
    await mkdir(join(folder.source, "lock.sqlite"), { recursive: true });
    const journal = await folder.open();
    await expect(journal.openWriter(orders, never)).rejects.toMatchObject({
      code: "JOURNAL_FATAL",
    });
    await chmod(folder.source, 0o755);
  });
});

it("NFS is refused, a local disk is not", () => {
  expect(() => refuseFileSystem("/mnt", 0x6969)).toThrow(
    expect.objectContaining({ code: "CONFIG" }),
  );
  expect(() => refuseFileSystem("/mnt", 0xef53)).not.toThrow();
});

describe("after a failed write or sync", () => {
  /** Fails between write and sync, as a failing fdatasync does. */
  async function failNext<T>(work: () => Promise<T>): Promise<T> {
    installFailpoint((name) => {
      if (name === "journal.frame-written") throw systemError("EIO");
    });
    try {
      return await work();
    } finally {
      installFailpoint(undefined);
    }
  }

  it("the writer takes nothing more, and a re-open has what was acknowledged", async () => {
    await using folder = await journalFolder();
    const journal = await folder.open();
    const writer = await begunWriter(journal);
    await writer.append(transaction(1), never);
    await expect(
      failNext(() => writer.append(transaction(2), never)),
    ).rejects.toMatchObject({ code: "JOURNAL_FATAL" });
    expect(writer.head).toMatchObject(startAt(1));
    for (const again of [
      () => writer.append(transaction(2), never),
      () => writer.begin(startAt(9), never),
    ])
      await expect(again()).rejects.toMatchObject({ code: "JOURNAL_FATAL" });
    await writer[Symbol.asyncDispose]();
    await using next = await journal.openWriter(orders, never);
    expect(next.head).toMatchObject(startAt(1));
    await next.append([shapeRecord, ...transaction(2)], never);
    expect(partFacts(await readParts(journal, 0, 2))).toEqual(
      partFacts([...transaction(1), ...transaction(2)]),
    );
  });

  it("no reader has seen what was not synced", async () => {
    await using folder = await journalFolder();
    const journal = await folder.open();
    await using writer = await begunWriter(journal);
    await writer.append(transaction(1), never);
    const stop = new AbortController();
    const read: number[] = [];
    const reading = (async () => {
      for await (const batch of journal.read(orders, 0, stop.signal)) {
        for (const record of batch)
          if (record.kind === "part") read.push(record.header.seq);
        stop.abort();
      }
    })().catch(() => undefined);
    await reading;
    await failNext(() => writer.append(transaction(2), never)).catch(
      () => undefined,
    );
    expect(await journal.find(orders, 2, never)).toBeUndefined();
    expect(read).toEqual([1]);
    expect((await filePaths(folder.source)).length).toBe(1);
  });

  it("two appends at once are refused, the first is kept", async () => {
    await using folder = await journalFolder();
    const journal = await folder.open();
    await using writer = await begunWriter(journal);
    const first = writer.append(transaction(1), never);
    await expect(writer.append(transaction(2), never)).rejects.toMatchObject({
      code: "INTERNAL",
    });
    await first;
    await writer.append(transaction(2), never);
    expect(writer.head).toMatchObject(startAt(2));
  });

  it("closing waits for the append that runs", async () => {
    await using folder = await journalFolder();
    const journal = await folder.open();
    const writer = await begunWriter(journal);
    const running = writer.append(transaction(1), never);
    await writer[Symbol.asyncDispose]();
    await running;
    await using next = await journal.openWriter(orders, never);
    expect(next.head).toMatchObject(startAt(1));
    await expect(writer.append(transaction(2), never)).rejects.toMatchObject({
      code: "INTERNAL",
    });
  });
});
