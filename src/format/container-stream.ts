import type { JournalRecord } from "../core/journal-record.ts";
import { AvroReader } from "./avro-reader.ts";
import { BLOCK_HEADER_BYTES, readBlockPlace } from "./block-place.ts";
import { decodeBlock, type StoredBlock } from "./container-block.ts";
import {
  HEADER_LIMIT,
  SYNC_BYTES,
  readContainerHeader,
} from "./container-header.ts";
import { damaged } from "./damage.ts";
import { lookAhead } from "./look-ahead.ts";

const BLOCKS_AHEAD = 4;

/** The records of a container whose bytes come as a stream, in order. Throws ARCHIVE_DAMAGED, also when the stream ends early. */
export async function* streamContainer(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly JournalRecord[], void, undefined> {
  await using stream = new ByteStream(chunks);
  yield* lookAhead(blockJobs(name, stream), BLOCKS_AHEAD);
}

async function* blockJobs(
  name: string,
  stream: ByteStream,
): AsyncGenerator<() => Promise<readonly JournalRecord[]>> {
  const head = new AvroReader(await stream.peek(HEADER_LIMIT));
  const sync = readContainerHeader(head, name);
  stream.skip(head.offset);
  for (;;) {
    const bytes = await stream.peek(BLOCK_HEADER_BYTES);
    if (bytes.length === 0) return;
    const block = await readBlock({ name, stream, sync }, bytes);
    yield () => decodeBlock(block);
  }
}

async function readBlock(
  from: { name: string; stream: ByteStream; sync: Buffer },
  header: Buffer,
): Promise<StoredBlock> {
  const { name, stream, sync } = from;
  const offset = stream.offset;
  const place = readBlockPlace(header, { name, offset });
  const size = place.frameTo - place.frameFrom;
  stream.skip(place.frameFrom - offset);
  const bytes = await stream.peek(size + SYNC_BYTES);
  if (bytes.length < size + SYNC_BYTES)
    throw damaged({ name, offset }, "it ends inside a block");
  stream.skip(bytes.length);
  const syncMatches = bytes.subarray(size).equals(sync);
  const frame = bytes.subarray(0, size);
  return { name, offset, records: place.records, frame, syncMatches };
}

/** Pulls chunks as far as they are looked at. */
class ByteStream implements AsyncDisposable {
  /** Of what comes next. */
  offset = 0;
  private readonly chunks: AsyncIterator<Uint8Array>;
  private held: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `size` bytes, or fewer at the end; they stay next until skipped. */
  async peek(size: number): Promise<Buffer> {
    if (this.held.length < size) {
      const pieces: Uint8Array[] = [this.held];
      let length = this.held.length;
      while (length < size) {
        const next = await this.chunks.next();
        if (next.done === true) break;
        pieces.push(next.value);
        length += next.value.length;
      }
      this.held = Buffer.concat(pieces, length);
    }
    return this.held.subarray(0, size);
  }

  skip(size: number): void {
    this.held = this.held.subarray(size);
    this.offset += size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.chunks.return?.();
  }
}
