import { DatabaseSync } from "node:sqlite";
import { TidemarkError } from "../../core/errors.ts";

/** https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

/**
 * Locks by an exclusive transaction on an empty SQLite database that nobody ever writes to. Node has no flock; this is a lock
 * that the kernel releases when the process dies, however it dies. Throws JOURNAL_LOCKED.
 */
export function takeWriterLock(path: string): Disposable {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    throw lockError(path, error);
  }
  const locked = database;
  return { [Symbol.dispose]: () => locked.close() };
}

function lockError(path: string, error: unknown): TidemarkError {
  const code = (error as { errcode?: number }).errcode ?? 0;
  const primary = code & 0xff;
  if (primary === SQLITE_BUSY || primary === SQLITE_LOCKED) {
    return new TidemarkError(
      "JOURNAL_LOCKED",
      `another writer of this journal holds ${path}`,
      {
        hint: "end the other `tidemark run` or `tidemark capture` of this source; the lock goes with its process",
        details: { path },
        cause: error,
      },
    );
  }
  return new TidemarkError(
    "JOURNAL_FATAL",
    `${path} cannot be locked: ${error instanceof Error ? error.message : String(error)}`,
    {
      hint: "look at the disk and the directory's rights; the file may be deleted while no process uses it",
      details: { path, sqliteCode: code },
      cause: error,
    },
  );
}
