import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FileHeader } from "./file-header.ts";
import { journalFileName, parseJournalFileName } from "./file-name.ts";
import { isMissing, journalDamaged } from "./journal-errors.ts";
import { openJournalFile } from "./journal-file.ts";

/** The headers of all files, oldest first, split by whether they belong to the newest file's history. */
export interface JournalListing {
  readonly files: readonly FileHeader[];
  /** What an interrupted `begin` left. */
  readonly discarded: readonly FileHeader[];
}

/** The numbers of all journal files, ascending; none when the directory does not exist. */
export async function listNumbers(directory: string): Promise<number[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names
    .map(parseJournalFileName)
    .filter((number) => number !== undefined)
    .sort((a, b) => a - b);
}

/** Throws JOURNAL_DAMAGED when a header is, or when headers contradict each other. */
export async function listFiles(
  directory: string,
  signal: AbortSignal,
): Promise<JournalListing> {
  for (;;) {
    signal.throwIfAborted();
    const headers = await readHeaders(directory);
    // A file went between listing and opening: a trim or a `begin` is at work, look again.
    if (headers === undefined) continue;
    const history = headers.at(-1)?.history ?? 0;
    const files = headers.filter((header) => header.firstFrame >= history);
    checkChain(directory, files);
    return {
      files,
      discarded: headers.filter((header) => header.firstFrame < history),
    };
  }
}

async function readHeaders(
  directory: string,
): Promise<FileHeader[] | undefined> {
  const headers: FileHeader[] = [];
  for (const number of await listNumbers(directory)) {
    try {
      await using file = await openJournalFile(directory, number, "r");
      headers.push(file.header);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
  return headers;
}

/** `firstSeq` goes back by one where an attempt that a roll had cut in two was abandoned. */
function checkChain(directory: string, files: readonly FileHeader[]): void {
  const newest = files.at(-1);
  let least = 0;
  for (const header of files) {
    if (header.history !== newest?.history || header.firstSeq < least) {
      const path = join(directory, journalFileName(header.firstFrame));
      throw journalDamaged(
        { path, offset: 40 },
        "the file does not continue the one before it",
      );
    }
    least = header.firstSeq - 1;
  }
}

/** Makes entries of the directory durable: created, renamed and deleted files. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, "r");
  await handle.sync();
}
