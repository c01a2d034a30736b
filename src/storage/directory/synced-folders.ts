import { mkdir, open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoCode } from "./store-error.ts";

const FOLDER_MODE = 0o750;
const REMEMBERED_FOLDERS = 10_000;

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

/**
 * Folders whose own names are known to be durable. One that exists may have been made a moment ago by a process that has not
 * synced its parent yet, so existing is not enough: each is synced into its parent once by this process.
 */
export class SyncedFolders {
  private readonly root: string;
  private readonly sync: (path: string) => Promise<void>;
  private readonly synced = new Set<string>();

  constructor(root: string, sync = syncFolder) {
    this.root = root;
    this.sync = sync;
  }

  /** The path of the folder below the root, made and durable with all its parents. */
  async ensure(segments: readonly string[]): Promise<string> {
    let path = this.root;
    if (!this.synced.has(path)) await this.ensureRoot();
    for (const segment of segments) {
      const parent = path;
      path = join(path, segment);
      if (this.synced.has(path)) continue;
      await makeFolder(path);
      await this.sync(parent);
      this.remember(path);
    }
    return path;
  }

  /** After somebody removed a folder under our feet. */
  forget(): void {
    this.synced.clear();
  }

  private async ensureRoot(): Promise<void> {
    const made = await mkdir(this.root, { recursive: true, mode: FOLDER_MODE });
    const last = made === undefined ? this.root : dirname(made);
    // From the root up to the parent of the first folder that was made.
    let path = this.root;
    while (path !== last) {
      path = dirname(path);
      await this.sync(path);
    }
    await this.syncAbove(last);
    this.remember(this.root);
  }

  /**
   * What exists may have been made by a process that died before it synced. Names of other file systems are not ours, nor
   * those in folders that we may not open.
   */
  private async syncAbove(folder: string): Promise<void> {
    const { dev } = await stat(folder);
    try {
      let path = folder;
      while (path !== dirname(path)) {
        path = dirname(path);
        if ((await stat(path)).dev !== dev) return;
        await this.sync(path);
      }
    } catch (error) {
      if (errnoCode(error) !== "EACCES") throw error;
    }
  }

  private remember(path: string): void {
    if (this.synced.size >= REMEMBERED_FOLDERS) this.synced.clear();
    this.synced.add(path);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: FOLDER_MODE });
  } catch (error) {
    if (errnoCode(error) !== "EEXIST") throw error;
  }
}
