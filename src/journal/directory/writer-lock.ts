import { TidemarkError } from "../../core/errors.ts";
import { tryProcessLock } from "../../platform/process-lock.ts";

/** Held as long as a process writes a journal, and not longer. Throws JOURNAL_LOCKED. */
export function takeWriterLock(path: string): Disposable {
  const lock = tryLock(path);
  if (lock !== undefined) return lock;
  throw new TidemarkError(
    "JOURNAL_LOCKED",
    `another writer of this journal holds ${path}`,
    {
      hint: "end the other `tidemark run` or `tidemark capture` of this source; the lock goes with its process",
      details: { path },
    },
  );
}

function tryLock(path: string): Disposable | undefined {
  try {
    return tryProcessLock(path);
  } catch (error) {
    throw new TidemarkError(
      "JOURNAL_FATAL",
      `${path} cannot be locked: ${error instanceof Error ? error.message : String(error)}`,
      {
        hint: "look at the disk and the directory's rights; the file may be deleted while no process uses it",
        details: { path, sqliteCode: (error as { errcode?: number }).errcode },
        cause: error,
      },
    );
  }
}
