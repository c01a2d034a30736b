import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { decodeFileHeader } from "../../src/journal/directory/file-header.ts";
import {
  openDirectoryJournal,
  type DirectoryJournal,
  type DirectoryJournalOptions,
} from "../../src/journal/directory/directory-journal.ts";
import { orders } from "./journal-samples.ts";
import { tempDirectory } from "./temp-directory.ts";

export interface JournalFolder extends AsyncDisposable {
  /** Of the source. */
  readonly source: string;
  /** Another handle each time, closed with the folder. */
  open(): Promise<DirectoryJournal>;
}

export async function journalFolder(
  options: Omit<DirectoryJournalOptions, "directory"> = {},
): Promise<JournalFolder> {
  const temp = await tempDirectory();
  const opened: DirectoryJournal[] = [];
  return {
    source: join(temp.path, orders),
    async open() {
      const journal = await openDirectoryJournal({
        directory: temp.path,
        pollMs: 5,
        ...options,
      });
      opened.push(journal);
      return journal;
    },
    async [Symbol.asyncDispose]() {
      for (const journal of opened) await journal[Symbol.asyncDispose]();
      await temp[Symbol.asyncDispose]();
    },
  };
}

/** The paths of the journal files, oldest first. */
export async function filePaths(source: string): Promise<string[]> {
  const names = await readdir(source);
  return names
    .filter((name) => name.endsWith(".journal"))
    .sort()
    .map((name) => join(source, name));
}

export interface FramePlace {
  readonly offset: number;
  readonly end: number;
}

/** Where the frames of a file are, by its lengths and checksums alone. */
export async function framePlaces(path: string): Promise<FramePlace[]> {
  const bytes = await readFile(path);
  const seed = crc32(decodeFileHeader(bytes, path).salt);
  const places: FramePlace[] = [];
  for (let offset = 64; offset < bytes.length;) {
    const end = offset + 16 + bytes.readUInt32LE(offset);
    const sum = crc32(
      bytes.subarray(offset + 8, end),
      crc32(bytes.subarray(offset, offset + 4), seed),
    );
    if (sum !== bytes.readUInt32LE(offset + 4))
      throw new Error(`${path} has no frame at ${offset}`);
    places.push({ offset, end });
    offset = end;
  }
  return places;
}
