import type { JournalRecord } from "../core/journal-record.ts";
import { AvroReader } from "./avro-reader.ts";
import { damaged } from "./damage.ts";
import { freeBytes } from "./free-bytes.ts";
import { readJournalRecord } from "./journal-record.ts";
import { decompressFrame } from "./zstd.ts";

/** A block as it is stored. */
export interface StoredBlock {
  /** Of the container, for people. */
  readonly name: string;
  /** Of the block in the container. */
  readonly offset: number;
  readonly records: number;
  readonly frame: Uint8Array;
  readonly syncMatches: boolean;
}

/** The records are views of the block's bytes, which disposing frees: nothing of them may be looked at afterwards. */
export interface OpenBlock extends Disposable {
  readonly records: readonly JournalRecord[];
}

/** Decompresses and decodes; whoever does not dispose it leaves its bytes to the garbage collector. Throws ARCHIVE_DAMAGED. */
export async function openBlock(block: StoredBlock): Promise<OpenBlock> {
  if (!block.syncMatches)
    throw damaged(block, "the mark after its block is another");
  try {
    const raw = await decompressFrame(block.frame);
    const reader = new AvroReader(raw);
    const records: JournalRecord[] = [];
    for (let n = block.records; n > 0; n--)
      records.push(readJournalRecord(reader));
    if (!reader.atEnd) throw new RangeError("bytes are left after its records");
    return { records, [Symbol.dispose]: () => freeBytes(raw) };
  } catch (cause) {
    throw damaged(block, "its block", cause);
  }
}

/** Its records, which keep views of the block's bytes. Throws ARCHIVE_DAMAGED. */
export async function decodeBlock(
  block: StoredBlock,
): Promise<readonly JournalRecord[]> {
  return (await openBlock(block)).records;
}
