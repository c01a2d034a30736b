import { mkdir, readdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Logger } from "../../platform/logger.ts";
import { WORK_FOLDER } from "./create-file.ts";
import {
  DirectoryJournalWriter,
  type WriterPlace,
} from "./directory-journal-writer.ts";
import { discardFilesBefore } from "./discard-files.ts";
import { parseJournalFileName } from "./file-name.ts";
import { listFiles, syncDirectory } from "./journal-directory.ts";
import { journalFailpoint } from "./journal-failpoints.ts";
import { recoverNewestFile } from "./recover.ts";
import { takeWriterLock } from "./writer-lock.ts";

const LOCK_FILE = "lock.sqlite";

export type WriterSettings = Omit<WriterPlace, "lock"> & {
  readonly logger: Logger;
};

/** Takes the lock, mends what a crash left, reads the newest file. Throws JOURNAL_LOCKED, JOURNAL_DAMAGED. */
export async function openDirectoryWriter(
  settings: WriterSettings,
  signal: AbortSignal,
): Promise<DirectoryJournalWriter> {
  const { directory, logger } = settings;
  await mkdir(join(directory, WORK_FOLDER), { recursive: true });
  journalFailpoint("journal.directory-made");
  await syncDirectory(directory);
  await syncDirectory(dirname(directory));
  const lock = takeWriterLock(join(directory, LOCK_FILE));
  try {
    await deleteDrafts(join(directory, WORK_FOLDER));
    const { files, discarded } = await listFiles(directory, signal);
    const newest = files.at(-1);
    if (newest === undefined)
      return new DirectoryJournalWriter({ ...settings, lock }, undefined);
    const end = await recoverNewestFile(directory, newest.firstFrame, logger);
    try {
      // Its name may not be durable yet: a crash came between rename and sync. Before it is, nothing older may go.
      await syncDirectory(directory);
      if (discarded.length > 0)
        await discardFilesBefore(directory, newest.history);
      return new DirectoryJournalWriter({ ...settings, lock }, end);
    } catch (error) {
      await end.file[Symbol.asyncDispose]();
      throw error;
    }
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** Files that never got their name. */
async function deleteDrafts(work: string): Promise<void> {
  for (const name of await readdir(work)) {
    if (parseJournalFileName(name) !== undefined)
      await unlink(join(work, name));
  }
}
