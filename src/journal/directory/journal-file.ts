import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import {
  FILE_HEADER_BYTES,
  decodeFileHeader,
  type FileHeader,
} from "./file-header.ts";
import { journalFileName } from "./file-name.ts";
import { journalDamaged } from "./journal-errors.ts";

/** An open journal file whose header is valid. */
export class JournalFile implements AsyncDisposable {
  readonly path: string;
  readonly handle: FileHandle;
  readonly header: FileHeader;
  /** Where the checksums of its frames start. */
  readonly seed: number;

  constructor(path: string, handle: FileHandle, header: FileHeader) {
    this.path = path;
    this.handle = handle;
    this.header = header;
    this.seed = crc32(header.salt);
  }

  get number(): number {
    return this.header.firstFrame;
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close();
  }
}

/** Throws ENOENT as it comes: only the caller knows whether a missing file is a gap. */
export async function openJournalFile(
  directory: string,
  number: number,
  flags: "r" | "r+",
): Promise<JournalFile> {
  const path = join(directory, journalFileName(number));
  const handle = await open(path, flags);
  try {
    const bytes = Buffer.alloc(FILE_HEADER_BYTES);
    const size = await readFully(handle, bytes, 0);
    const header = decodeFileHeader(bytes.subarray(0, size), path);
    if (header.firstFrame !== number) {
      throw journalDamaged(
        { path, offset: 32 },
        `the file's name does not say its first frame, ${header.firstFrame}`,
      );
    }
    return new JournalFile(path, handle, header);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Fills `into` from `position` on; less only where the file ends. */
export async function readFully(
  handle: FileHandle,
  into: Buffer,
  position: number,
): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const { bytesRead } = await handle.read(
      into,
      filled,
      into.length - filled,
      position + filled,
    );
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** Writes all pieces from `position` on; a short write is continued, so that its reason shows as an error. */
export async function writeFully(
  handle: FileHandle,
  pieces: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = [...pieces];
  let at = position;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, at);
    at += bytesWritten;
    rest = dropBytes(rest, bytesWritten);
  }
}

function dropBytes(pieces: readonly Uint8Array[], count: number): Uint8Array[] {
  let drop = count;
  const rest: Uint8Array[] = [];
  for (const piece of pieces) {
    if (drop < piece.length) rest.push(piece.subarray(drop));
    drop = Math.max(0, drop - piece.length);
  }
  return rest;
}
