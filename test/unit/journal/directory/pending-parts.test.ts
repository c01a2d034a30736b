import { readFile, rm, writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import type { EncodedPart } from "../../../../src/core/journal-record.ts";
import { FrameReader } from "../../../../src/journal/directory/frame-reader.ts";
import { decodeFrame } from "../../../../src/journal/directory/frame-records.ts";
import { openJournalFile } from "../../../../src/journal/directory/journal-file.ts";
import { PendingParts } from "../../../../src/journal/directory/pending-parts.ts";
import { filePaths, journalFolder } from "../../../support/journal-files.ts";
import {
  begunWriter,
  partFacts,
  transaction,
} from "../../../support/journal-samples.ts";
import { never } from "../../../support/never.ts";

/** A file with all parts of one transaction, and those parts pending, let go of. */
async function pendingParts() {
  const folder = await journalFolder();
  const sent = transaction(1, { parts: 5 });
  {
    await using writer = await begunWriter(await folder.open());
    await writer.append(sent.slice(0, 3), never);
    await writer.append(sent.slice(3), never);
  }
  const [path = ""] = await filePaths(folder.source);
  const pending = new PendingParts(folder.source);
  await using file = await openJournalFile(folder.source, 1, "r");
  const reader = new FrameReader(file);
  const end = await file.size();
  for (;;) {
    const step = reader.take(end);
    if (step.kind === "more") await reader.fill(end);
    else if (step.kind === "frame") {
      for (const record of decodeFrame(file, step.frame).records)
        if (record.kind === "part") pending.add(record);
      pending.letGo(file, step.frame);
    } else break;
  }
  return { folder, path, pending, sent };
}

async function take(pending: PendingParts): Promise<EncodedPart[]> {
  const parts: EncodedPart[] = [];
  for await (const part of pending.readEarlier(never)) parts.push(part);
  return [...parts, ...pending.take()];
}

it("parts are read again from where they lie", async () => {
  const { folder, pending, sent } = await pendingParts();
  await using _folder = folder;
  expect(partFacts(await take(pending))).toEqual(partFacts(sent));
  expect(await take(pending)).toEqual([]);
});

it("part 0 of another attempt takes their place", async () => {
  const { folder, pending } = await pendingParts();
  await using _folder = folder;
  const other = transaction(1, { parts: 2, attempt: 9 });
  for (const part of other) pending.add(part);
  expect(partFacts(await take(pending))).toEqual(partFacts(other));
});

it("half a transaction is damage", () => {
  const [, second, third] = transaction(1, { parts: 3 });
  for (const part of [second, third]) {
    if (part === undefined) throw new Error("no such part");
    expect(() => new PendingParts("/journal").add(part)).toThrow(
      expect.objectContaining({ code: "JOURNAL_DAMAGED" }),
    );
  }
});

it("a part that changed between two readings is damage", async () => {
  const { folder, path, pending } = await pendingParts();
  await using _folder = folder;
  const bytes = await readFile(path);
  bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1;
  await writeFile(path, bytes);
  await expect(take(pending)).rejects.toMatchObject({
    code: "JOURNAL_DAMAGED",
  });
});

it("a file that was trimmed meanwhile is a gap", async () => {
  const { folder, path, pending } = await pendingParts();
  await using _folder = folder;
  await rm(path);
  await expect(take(pending)).rejects.toMatchObject({ code: "JOURNAL_GAP" });
});
