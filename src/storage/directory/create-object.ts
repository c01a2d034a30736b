import { link, stat } from "node:fs/promises";
import { join } from "node:path";
import { TidemarkError } from "../../core/errors.ts";
import { failpoint } from "../../platform/failpoints.ts";
import { parseKey, TEMP_FOLDER } from "../object-key.ts";
import type { Body } from "../object-store.ts";
import { errnoCode } from "./store-error.ts";
import { syncFolder, type SyncedFolders } from "./synced-folders.ts";
import { removeTempFile, writeTempFile } from "./temp-files.ts";

export const STORE_FAILPOINTS = ["store.temp-synced", "store.linked"] as const;

export interface NewObject {
  readonly key: string;
  readonly body: Body;
}

/**
 * Order of durability: the bytes are synced under a temporary name, then linked (which fails where the name is taken: the kernel
 * picks one winner), then the folder is synced. A crash before the link leaves a temporary file, which a later open removes; one
 * after it leaves the whole object, durable or not, and the next create of the same key says which.
 */
export async function createObject(
  folders: SyncedFolders,
  { key, body }: NewObject,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const segments = parseKey(key);
  const parents = segments.slice(0, -1);
  const name = segments.at(-1) ?? "";
  let folder = await folders.ensure(parents);
  // Only spares writing the bytes; the link decides.
  if (await exists(join(folder, name))) throw await taken(folder, key);

  const tempFolder = await folders.ensure([TEMP_FOLDER]);
  const temp = await writeTempFile(tempFolder, body, signal);
  try {
    failpoint("store.temp-synced");
    signal.throwIfAborted();
    try {
      await link(temp, join(folder, name));
    } catch (error) {
      if (errnoCode(error) === "EEXIST") throw await taken(folder, key);
      if (errnoCode(error) !== "ENOENT") throw error;
      // The folder was removed meanwhile.
      folders.forget();
      folder = await folders.ensure(parents);
      await link(temp, join(folder, name));
    }
    failpoint("store.linked");
    await syncFolder(folder);
  } finally {
    await removeTempFile(temp);
  }
}

/**
 * The other writer may have died between its link and its sync. Whoever hears OBJECT_EXISTS may find its own earlier write there
 * and count on it, so the name is made durable first.
 */
async function taken(folder: string, key: string): Promise<TidemarkError> {
  await syncFolder(folder);
  return new TidemarkError(
    "OBJECT_EXISTS",
    `there is an object ${key} already`,
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return false;
    throw error;
  }
}
