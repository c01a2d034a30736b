import { DatabaseSync } from "node:sqlite";

/** https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

/** Until they are let go: a database that nobody refers to any more is closed by the garbage collector, and its lock with it. */
const held = new Set<DatabaseSync>();

/**
 * A lock that goes with its process: an exclusive transaction on an empty SQLite database that nobody ever writes to. Node has no
 * flock; this one too is released by the kernel when the process dies, however it dies, and knows nothing of process ids.
 * undefined: somebody has it, in this process or another.
 */
export function tryProcessLock(path: string): Disposable | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if (isHeld(error)) return undefined;
    throw error;
  }
  const locked = database;
  held.add(locked);
  return {
    [Symbol.dispose]: () => {
      if (held.delete(locked)) locked.close();
    },
  };
}

function isHeld(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode ?? 0;
  const primary = code & 0xff;
  return primary === SQLITE_BUSY || primary === SQLITE_LOCKED;
}
