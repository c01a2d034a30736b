import { parseKey, prefixFolders } from "../object-key.ts";
import type {
  Body,
  ByteRange,
  ObjectInfo,
  ObjectStore,
} from "../object-store.ts";
import { createObject } from "./create-object.ts";
import { deleteObjects } from "./delete-objects.ts";
import { listObjects } from "./list-objects.ts";
import { openPlace, type S3StoreOptions } from "./open-place.ts";
import { readObject } from "./read-object.ts";
import type { S3Place } from "./s3-place.ts";
import { requireBucket, statObject } from "./stat-object.ts";

/** Objects below a prefix of a bucket. Opening asks the service nothing. Throws CONFIG where no region is known. */
export async function openS3Store(
  options: S3StoreOptions,
): Promise<ObjectStore> {
  return new S3Store(await openPlace(options));
}

class S3Store implements ObjectStore {
  readonly seekable = false;
  private readonly place: S3Place;
  private bucketSeen = false;

  constructor(place: S3Place) {
    this.place = place;
  }

  get url(): string {
    return this.place.url;
  }

  async create(key: string, body: Body, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    parseKey(key);
    await createObject(this.place, { key, body }, signal);
  }

  async stat(
    key: string,
    signal: AbortSignal,
  ): Promise<ObjectInfo | undefined> {
    signal.throwIfAborted();
    parseKey(key);
    const found = await statObject(this.place, key, signal);
    // An archive in a bucket that does not exist is not an empty archive.
    if (found === undefined && !this.bucketSeen) {
      await requireBucket(this.place, signal);
    }
    this.bucketSeen = true;
    return found;
  }

  async *read(
    key: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    signal.throwIfAborted();
    parseKey(key);
    yield* readObject(this.place, { key, ...(range && { range }) }, signal);
  }

  async *list(
    prefix: string,
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<ObjectInfo, void, undefined> {
    signal.throwIfAborted();
    prefixFolders(prefix);
    yield* listObjects(this.place, { prefix, after }, signal);
  }

  async delete(keys: readonly string[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    keys.forEach(parseKey);
    await deleteObjects(this.place, keys, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.place.client.destroy();
  }
}
