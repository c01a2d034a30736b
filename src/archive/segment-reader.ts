import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { JournalRecord } from "../core/journal-record.ts";
import {
  memorySource,
  openFileSource,
  type ByteSource,
} from "../format/byte-source.ts";
import {
  indexContainer,
  readBlocksBackward,
  readContainer,
  type Container,
} from "../format/container-reader.ts";
import type { StoredBlock } from "../format/container-block.ts";
import { damaged } from "../format/damage.ts";
import { diskError } from "../format/disk-error.ts";
import { freeBytes } from "../format/free-bytes.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { StoredObject } from "./acts.ts";

/** Larger segments are read where they are, if the store can do that. */
const SMALL_BYTES = 1024 * 1024;
/** Others that are larger are put into a file of the working folder. */
const MEMORY_BYTES = 64 * 1024 * 1024;

/** Makes the names of working files unique. */
let fetched = 0;

export interface SegmentPlace {
  readonly store: ObjectStore;
  readonly object: StoredObject;
  /** Exists, and belongs to this process. */
  readonly workFolder: string;
}

/** A segment that was fetched and whose bytes are those that the catalog names: nothing is read before that is known. */
export class Segment implements AsyncDisposable {
  private readonly container: Container;
  private readonly release: () => Promise<void>;

  constructor(container: Container, release: () => Promise<void>) {
    this.container = container;
    this.release = release;
  }

  /** Batches of whole blocks, oldest first. Throws ARCHIVE_DAMAGED. */
  records(signal: AbortSignal): AsyncIterable<readonly JournalRecord[]> {
    return readContainer(this.container, signal);
  }

  /** The blocks as they are stored, the last one first: for who folds. */
  blocksBackward(signal: AbortSignal): AsyncIterable<StoredBlock> {
    return readBlocksBackward(this.container, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** Throws ARCHIVE_DAMAGED when size or hash are others, OBJECT_MISSING, DISK_FULL. */
export async function openSegment(
  place: SegmentPlace,
  signal: AbortSignal,
): Promise<Segment> {
  await using stack = new AsyncDisposableStack();
  const scope = { signal, stack };
  const source = await openSource(place, scope);
  const container = await indexContainer(place.object.key, source);
  const kept = stack.move();
  return new Segment(container, () => kept.disposeAsync());
}

function openSource(place: SegmentPlace, scope: Scope): Promise<ByteSource> {
  const { bytes } = place.object;
  if (place.store.seekable && bytes > SMALL_BYTES)
    return checkInPlace(place, scope);
  return bytes <= MEMORY_BYTES
    ? fetchToMemory(place, scope)
    : fetchToFile(place, scope);
}

interface Scope {
  readonly signal: AbortSignal;
  readonly stack: AsyncDisposableStack;
}

async function fetchToMemory(
  place: SegmentPlace,
  { signal, stack }: Scope,
): Promise<ByteSource> {
  const bytes = Buffer.allocUnsafeSlow(place.object.bytes);
  stack.defer(() => freeBytes(bytes));
  let filled = 0;
  for await (const chunk of checkedChunks(place, signal)) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return memorySource(bytes);
}

/** Read through once for its hash, and then again block by block: each of them has a checksum too. */
async function checkInPlace(
  place: SegmentPlace,
  { signal }: Scope,
): Promise<ByteSource> {
  for await (const _chunk of checkedChunks(place, signal));
  const { store, object } = place;
  return {
    size: object.bytes,
    read: async (from, to) => {
      const [first, ...rest] = await Array.fromAsync(
        store.read(object.key, { from, to }, signal),
      );
      if (first === undefined) return Buffer.alloc(0);
      if (rest.length > 0) return Buffer.concat([first, ...rest]);
      return Buffer.from(first.buffer, first.byteOffset, first.length);
    },
  };
}

async function fetchToFile(
  place: SegmentPlace,
  scope: Scope,
): Promise<ByteSource> {
  const path = join(place.workFolder, `segment-${fetched++}.avro`);
  scope.stack.defer(() => rm(path, { force: true }));
  {
    await using file = await open(path, "w", 0o640);
    for await (const chunk of checkedChunks(place, scope.signal))
      await file.appendFile(chunk).catch((cause: unknown) => {
        throw diskError(path, cause);
      });
  }
  return scope.stack.use(await openFileSource(path));
}

/**
 * Passes the stored bytes on, each chunk until the next is asked for, and throws at their end, or as soon as there are too many,
 * when they are others.
 */
async function* checkedChunks(
  place: SegmentPlace,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { key: name, bytes, sha256 } = place.object;
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of place.store.read(name, undefined, signal)) {
    signal.throwIfAborted();
    if (size + chunk.length > bytes)
      throw damaged({ name, offset: bytes }, `it is longer than ${bytes}`);
    size += chunk.length;
    hash.update(chunk);
    yield chunk;
    freeBytes(chunk);
  }
  if (size < bytes)
    throw damaged({ name, offset: size }, `it is shorter than ${bytes}`);
  if (hash.digest("hex") !== sha256)
    throw damaged({ name, offset: 0 }, "its SHA-256 is another");
}
