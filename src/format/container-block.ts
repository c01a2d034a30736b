import type { JournalRecord, PartOutline } from "../core/journal-record.ts";
import { AvroReader } from "./avro-reader.ts";
import { damaged } from "./damage.ts";
import { freeBytes } from "./free-bytes.ts";
import {
  outlinePart,
  readJournalRecord,
  skipJournalRecord,
} from "./journal-record.ts";
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

/** Its parts are views of the block's bytes, which disposing frees: nothing of them may be looked at afterwards. */
export interface OpenBlock extends Disposable {
  /** The last one first, each decoded when it is asked for. */
  readonly parts: Iterable<PartOutline>;
}

/** For who folds; whoever does not dispose it leaves its bytes to the garbage collector. Throws ARCHIVE_DAMAGED. */
export async function openBlock(block: StoredBlock): Promise<OpenBlock> {
  const reader = await readRecords(block);
  const raw = reader.buffer;
  const starts = new Int32Array(block.records);
  let parts = 0;
  damagedUnless(block, () => {
    for (let n = block.records; n > 0; n--) {
      const from = reader.offset;
      if (skipJournalRecord(reader)) starts[parts++] = from;
    }
    requireEnd(reader);
  });
  return {
    parts: partsBackward(block, raw, starts.subarray(0, parts)),
    [Symbol.dispose]: () => freeBytes(raw),
  };
}

function* partsBackward(
  block: StoredBlock,
  raw: Buffer,
  starts: Int32Array,
): Generator<PartOutline, void, undefined> {
  for (let n = starts.length - 1; n >= 0; n--) {
    const from = starts[n] as number;
    yield damagedUnless(block, () => outlinePart(raw, from));
  }
}

/** Its records, which keep views of the block's bytes. Throws ARCHIVE_DAMAGED. */
export async function decodeBlock(
  block: StoredBlock,
): Promise<readonly JournalRecord[]> {
  const reader = await readRecords(block);
  return damagedUnless(block, () => {
    const records: JournalRecord[] = [];
    for (let n = block.records; n > 0; n--)
      records.push(readJournalRecord(reader));
    requireEnd(reader);
    return records;
  });
}

async function readRecords(block: StoredBlock): Promise<AvroReader> {
  if (!block.syncMatches)
    throw damaged(block, "the mark after its block is another");
  try {
    return new AvroReader(await decompressFrame(block.frame));
  } catch (cause) {
    throw damaged(block, "its block", cause);
  }
}

function requireEnd(reader: AvroReader): void {
  if (!reader.atEnd) throw new RangeError("bytes are left after its records");
}

function damagedUnless<T>(block: StoredBlock, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw damaged(block, "its block", cause);
  }
}
