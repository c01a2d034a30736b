import type { JournalRecord } from "../core/journal-record.ts";
import { AvroReader } from "./avro-reader.ts";
import type { ByteSource } from "./byte-source.ts";
import {
  BLOCK_HEADER_BYTES,
  type BlockPlace,
  readBlockPlace,
} from "./block-place.ts";
import { decodeBlock, type StoredBlock } from "./container-block.ts";
import {
  HEADER_LIMIT,
  SYNC_BYTES,
  readContainerHeader,
} from "./container-header.ts";
import { damaged } from "./damage.ts";
import { lookAhead } from "./look-ahead.ts";

/** Decompressing ahead of the reader. */
const BLOCKS_AHEAD = 4;

/** Where the blocks of a container lie. */
export interface Container {
  readonly name: string;
  readonly source: ByteSource;
  readonly sync: Buffer;
  readonly blocks: readonly BlockPlace[];
}

/** Reads the header and the places of all blocks. Throws ARCHIVE_DAMAGED when the blocks do not end where the bytes do. */
export async function indexContainer(
  name: string,
  source: ByteSource,
): Promise<Container> {
  const head = new AvroReader(await source.read(0, HEADER_LIMIT));
  const sync = readContainerHeader(head, name);
  const blocks: BlockPlace[] = [];
  for (let offset = head.offset; offset < source.size;) {
    const bytes = await source.read(offset, offset + BLOCK_HEADER_BYTES);
    const block = readBlockPlace(bytes, { name, offset });
    offset = block.frameTo + SYNC_BYTES;
    if (offset > source.size)
      throw damaged({ name, offset: block.offset }, "it ends inside a block");
    blocks.push(block);
  }
  return { name, source, sync, blocks };
}

/** The records, block by block, oldest first. The first block that is damaged ends it with ARCHIVE_DAMAGED. */
export async function* readContainer(
  container: Container,
  signal: AbortSignal,
): AsyncGenerator<readonly JournalRecord[], void, undefined> {
  const jobs = container.blocks.map((place) => async () => {
    signal.throwIfAborted();
    return decodeBlock(await readBlock(container, place));
  });
  for await (const records of lookAhead(jobs, BLOCKS_AHEAD)) {
    signal.throwIfAborted();
    yield records;
  }
}

/** The blocks as they are stored, the last one first. */
export async function* readBlocksBackward(
  container: Container,
  signal: AbortSignal,
): AsyncGenerator<StoredBlock, void, undefined> {
  for (const place of container.blocks.toReversed()) {
    signal.throwIfAborted();
    yield await readBlock(container, place);
  }
}

async function readBlock(
  container: Container,
  place: BlockPlace,
): Promise<StoredBlock> {
  const { name, source, sync } = container;
  const { offset, records, frameFrom, frameTo } = place;
  const bytes = await source.read(frameFrom, frameTo + SYNC_BYTES);
  const frame = bytes.subarray(0, frameTo - frameFrom);
  const syncMatches = bytes.subarray(frame.length).equals(sync);
  return { name, offset, records, frame, syncMatches };
}
