import { randomBytes } from "node:crypto";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import {
  FILE_HEADER_BYTES,
  SALT_BYTES,
  encodeFileHeader,
  type FileHeader,
} from "./file-header.ts";
import { journalFileName } from "./file-name.ts";
import { encodeHistoryStart } from "../records/history-start.ts";
import { FrameEncoder } from "./frame.ts";
import type { HistoryStart } from "../records/history.ts";
import { syncDirectory } from "./journal-directory.ts";
import { journalFailpoint } from "./journal-failpoints.ts";
import { JournalFile, writeFully } from "./journal-file.ts";

export const WORK_FOLDER = "work";

export interface NewFile {
  readonly number: number;
  /** The number of the first frame of its history: its own where a history begins. */
  readonly history: number;
  readonly start: HistoryStart;
  /** The encoded shapes in force. */
  readonly shapes: readonly Uint8Array[];
}

/**
 * Makes a file with header and first frame durable under its name; the file before it must be synced. It is written in
 * work/ and gets its name when it is whole: a crash before the rename leaves a leaf in work/ that the next open deletes, a
 * crash after it leaves the whole file or, until the directory is synced, perhaps still none. So a file under its name
 * never has a torn header or first frame.
 */
export async function createJournalFile(
  directory: string,
  { number, history, start, shapes }: NewFile,
): Promise<{ file: JournalFile; end: number }> {
  const header: FileHeader = {
    salt: randomBytes(SALT_BYTES),
    firstFrame: number,
    firstSeq: start.head.seq + (start.unfinished === undefined ? 1 : 2),
    history,
  };
  const frame = new FrameEncoder().encode(
    [encodeHistoryStart(start), ...shapes],
    {
      number,
      seed: crc32(header.salt),
    },
  );
  const name = journalFileName(number);
  const draft = join(directory, WORK_FOLDER, name);
  const path = join(directory, name);
  const handle = await open(draft, "w+");
  try {
    await writeFully(handle, [encodeFileHeader(header), ...frame], 0);
    journalFailpoint("journal.file-written");
    await handle.datasync();
    journalFailpoint("journal.file-synced");
    await rename(draft, path);
    journalFailpoint("journal.file-renamed");
    await syncDirectory(directory);
    journalFailpoint("journal.file-placed");
  } catch (error) {
    await handle.close();
    throw error;
  }
  const end = frame.reduce(
    (sum, piece) => sum + piece.length,
    FILE_HEADER_BYTES,
  );
  return { file: new JournalFile(path, handle, header), end };
}
