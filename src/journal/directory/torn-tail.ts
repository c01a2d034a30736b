import { FRAME_HEADER_BYTES, isFrame } from "./frame.ts";
import { readFully, type JournalFile } from "./journal-file.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;
const NUMBER_OFFSET = 8;

export interface InvalidFrame {
  readonly offset: number;
  /** The number that the frame should have. */
  readonly number: number;
  /** The file's size. */
  readonly end: number;
}

/**
 * Looks for a valid frame behind an invalid one, at every byte, because damage may have taken the lengths too. A frame is
 * written only after the one before it was synced: so if there is one, what stands before it was durable and is damaged;
 * if there is none, the invalid frame is the last write, torn. Gives the offset of the valid frame.
 */
export async function findLaterFrame(
  file: JournalFile,
  invalid: InvalidFrame,
): Promise<number | undefined> {
  const { end } = invalid;
  const chunk = Buffer.allocUnsafeSlow(
    Math.min(CHUNK_BYTES, Math.max(0, end - invalid.offset)),
  );
  const last = end - FRAME_HEADER_BYTES;
  for (let from = invalid.offset + 1; from <= last;) {
    const filled = await readFully(file.handle, chunk, from);
    const candidates = filled - FRAME_HEADER_BYTES + 1;
    if (candidates <= 0) return undefined;
    for (let at = 0; at < candidates; at++) {
      if (!mayBeLater(chunk, at, invalid)) continue;
      if (await isWhole(file, from + at, end)) return from + at;
    }
    from += candidates;
  }
  return undefined;
}

/** By its number alone, which nearly no random bytes pass. */
function mayBeLater(chunk: Buffer, at: number, invalid: InvalidFrame): boolean {
  const high = chunk.readUInt32LE(at + NUMBER_OFFSET + 4);
  if (high !== Math.floor(invalid.number / 2 ** 32)) {
    if (high !== Math.floor(invalid.number / 2 ** 32) + 1) return false;
  }
  const number = high * 2 ** 32 + chunk.readUInt32LE(at + NUMBER_OFFSET);
  const most = (invalid.end - invalid.offset) / FRAME_HEADER_BYTES;
  return number > invalid.number && number <= invalid.number + most;
}

async function isWhole(
  file: JournalFile,
  offset: number,
  end: number,
): Promise<boolean> {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  await readFully(file.handle, header, offset);
  const size = FRAME_HEADER_BYTES + header.readUInt32LE(0);
  if (offset + size > end) return false;
  const bytes = Buffer.allocUnsafeSlow(size);
  if ((await readFully(file.handle, bytes, offset)) < size) return false;
  const number = Number(bytes.readBigUInt64LE(NUMBER_OFFSET));
  return isFrame(bytes, 0, { number, seed: file.seed });
}
