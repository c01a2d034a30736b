import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isKeySegment, prefixFolders, TEMP_FOLDER } from "../object-key.ts";
import type { ObjectInfo } from "../object-store.ts";
import { isAbsent } from "./store-error.ts";

export interface Listing {
  readonly prefix: string;
  /** Exclusive. */
  readonly after: string;
}

/** Byte order of whole keys: a folder sorts as its name with the `/` that follows it. Keys are ASCII, so text order is byte order. */
export async function* listObjects(
  root: string,
  listing: Listing,
  signal: AbortSignal,
): AsyncGenerator<ObjectInfo, void, undefined> {
  const folders = prefixFolders(listing.prefix);
  const base = folders.map((name) => `${name}/`).join("");
  yield* listFolder({ root, listing, signal }, base);
}

interface Walk {
  readonly root: string;
  readonly listing: Listing;
  readonly signal: AbortSignal;
}

/** `folder` is empty or ends in `/`. */
async function* listFolder(
  walk: Walk,
  folder: string,
): AsyncGenerator<ObjectInfo, void, undefined> {
  walk.signal.throwIfAborted();
  for (const path of await sortedNames(walk, folder)) {
    walk.signal.throwIfAborted();
    if (path.endsWith("/")) {
      yield* listFolder(walk, path);
      continue;
    }
    const info = await statObject(walk.root, path);
    if (info !== undefined) yield info;
  }
}

async function sortedNames(walk: Walk, folder: string): Promise<string[]> {
  const { prefix, after } = walk.listing;
  return (await readFolder(join(walk.root, folder)))
    .filter((entry) => isKeySegment(entry.name))
    .filter((entry) => folder !== "" || entry.name !== TEMP_FOLDER)
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => folder + entry.name + (entry.isDirectory() ? "/" : ""))
    .filter((path) =>
      path.endsWith("/")
        ? (path.startsWith(prefix) || prefix.startsWith(path)) &&
          (path > after || after.startsWith(path))
        : path.startsWith(prefix) && path > after,
    )
    .sort((a, b) => (a < b ? -1 : 1));
}

async function readFolder(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Undefined: there is none, or it went away while a listing was under way. */
export async function statObject(
  root: string,
  key: string,
): Promise<ObjectInfo | undefined> {
  try {
    const found = await stat(join(root, key));
    if (!found.isFile()) return undefined;
    return {
      key,
      sizeBytes: found.size,
      createdAtMs: Math.floor(found.mtimeMs),
    };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
