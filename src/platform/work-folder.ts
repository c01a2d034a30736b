import { lstat, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { tryProcessLock } from "./process-lock.ts";

const LIVING = "tidemark-work-";
/** Nobody works in a folder of this name. */
const DEAD = "tidemark-dead-";
const LOCK_FILE = "lock";

export interface WorkFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * A folder of this process for spools, fetched segments or a demo; it goes with its scope. Those of processes that were killed, which nobody
 * else would remove, go first: their owners no longer hold the lock inside.
 */
export async function openWorkFolder(parent = tmpdir()): Promise<WorkFolder> {
  await mkdir(parent, { recursive: true });
  await removeDeadFolders(parent);
  for (;;) {
    const path = await mkdtemp(join(parent, LIVING));
    const lock = await lockFolder(path);
    if (lock === undefined) continue;
    return {
      path,
      [Symbol.asyncDispose]: async () => {
        using _lock = lock;
        await remove(path);
      },
    };
  }
}

/** undefined: it was taken for a dead one before it was locked, and is gone. */
async function lockFolder(path: string): Promise<Disposable | undefined> {
  try {
    const lock = tryProcessLock(join(path, LOCK_FILE));
    // Whoever removes a folder has the lock until it has another name: with the lock ours and the name there, nobody will.
    if (lock === undefined || (await isOurs(path))) return lock;
    lock[Symbol.dispose]();
    return undefined;
  } catch (error) {
    if (await isOurs(path)) throw error;
    return undefined;
  }
}

async function removeDeadFolders(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    try {
      if (name.startsWith(DEAD) && (await isOurs(path)))
        await rm(path, { recursive: true, force: true });
      if (name.startsWith(LIVING) && (await isOurs(path))) {
        using lock = tryProcessLock(join(path, LOCK_FILE));
        if (lock !== undefined) await remove(path);
      }
    } catch {
      // Others remove it at the same time, or a disk does not let us: a later command comes by again.
    }
  }
}

/** Under its lock. A crash in between leaves a folder that the next command knows for dead by its name. */
async function remove(path: string): Promise<void> {
  const dead = join(dirname(path), basename(path).replace(LIVING, DEAD));
  await rename(path, dead);
  // What was started in it may be ending still.
  await rm(dead, { recursive: true, force: true, maxRetries: 3 });
}

/** A folder for temporary files may belong to everybody: what others made there is not touched. */
async function isOurs(path: string): Promise<boolean> {
  try {
    const found = await lstat(path);
    return found.isDirectory() && found.uid === process.getuid?.();
  } catch {
    return false;
  }
}
