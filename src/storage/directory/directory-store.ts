import { unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { systemClock, type Clock } from "../../platform/clock.ts";
import type {
  Body,
  ByteRange,
  ObjectInfo,
  ObjectStore,
} from "../object-store.ts";
import { parseKey, TEMP_FOLDER } from "../object-key.ts";
import { createObject } from "./create-object.ts";
import { listObjects, statObject } from "./list-objects.ts";
import { objectPath } from "./object-path.ts";
import { readFileChunks } from "./read-object.ts";
import {
  errnoCode,
  isAbsent,
  objectMissing,
  storeError,
} from "./store-error.ts";
import { syncFolder, SyncedFolders } from "./synced-folders.ts";
import { removeLeftovers } from "./temp-files.ts";

export interface DirectoryStoreOptions {
  readonly directory: string;
  readonly clock?: Clock;
}

/**
 * Objects as files below one folder of one file system. Opening makes nothing, so that an archive can be read from a read-only
 * mount and a mistyped path does not become an empty archive; the first create makes the folder.
 */
export async function openDirectoryStore(
  options: DirectoryStoreOptions,
): Promise<ObjectStore> {
  const root = resolve(options.directory);
  const now = (options.clock ?? systemClock).now();
  try {
    await removeLeftovers(join(root, TEMP_FOLDER), Number(now / 1000n));
  } catch (error) {
    // Nothing to clean up, or somebody else's to clean up.
    const code = errnoCode(error) ?? "";
    if (!["ENOENT", "EACCES", "EPERM", "EROFS"].includes(code)) {
      throw storeError(error, `opening the store at ${root}`);
    }
  }
  return new DirectoryStore(root);
}

class DirectoryStore implements ObjectStore {
  readonly seekable = true;
  readonly url: string;
  private readonly root: string;
  private readonly folders: SyncedFolders;

  constructor(root: string) {
    this.root = root;
    this.url = pathToFileURL(root).href;
    this.folders = new SyncedFolders(root);
  }

  async create(key: string, body: Body, signal: AbortSignal): Promise<void> {
    try {
      await createObject(this.folders, { key, body }, signal);
    } catch (error) {
      throw this.translate(error, `creating ${key}`);
    }
  }

  async stat(
    key: string,
    signal: AbortSignal,
  ): Promise<ObjectInfo | undefined> {
    signal.throwIfAborted();
    parseKey(key);
    try {
      return await statObject(this.root, key);
    } catch (error) {
      throw this.translate(error, `looking at ${key}`);
    }
  }

  async *read(
    key: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const path = objectPath(this.root, key);
    try {
      yield* readFileChunks(path, range, signal);
    } catch (error) {
      if (isAbsent(error)) throw objectMissing(key, error);
      throw this.translate(error, `reading ${key}`);
    }
  }

  async *list(
    prefix: string,
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<ObjectInfo, void, undefined> {
    try {
      yield* listObjects(this.root, { prefix, after: after ?? "" }, signal);
    } catch (error) {
      throw this.translate(error, `listing ${prefix}`);
    }
  }

  async delete(keys: readonly string[], signal: AbortSignal): Promise<void> {
    const paths = keys.map((key) => objectPath(this.root, key));
    const touched = new Set<string>();
    try {
      for (const path of paths) {
        signal.throwIfAborted();
        if (await removeFile(path)) touched.add(dirname(path));
      }
      for (const folder of touched) await syncFolder(folder);
    } catch (error) {
      throw this.translate(error, `deleting ${keys.length} objects`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Every call closes what it opened.
  }

  private translate(error: unknown, doing: string): unknown {
    return storeError(error, `${doing} in ${this.root}`);
  }
}

async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
