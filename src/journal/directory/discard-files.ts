import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { journalFileName } from "./file-name.ts";
import { listNumbers, syncDirectory } from "./journal-directory.ts";
import { isMissing } from "./journal-errors.ts";
import { journalFailpoint } from "./journal-failpoints.ts";

/**
 * Deletes what stood before a history that is durable. A crash leaves some of it: the newest file says that it does not
 * count, and the next open goes on here.
 */
export async function discardFilesBefore(
  directory: string,
  history: number,
): Promise<void> {
  const numbers = await listNumbers(directory);
  const doomed = numbers.filter((number) => number < history);
  if (doomed.length === 0) return;
  for (const number of doomed) {
    await deleteFile(directory, number);
    journalFailpoint("journal.begin-file-deleted");
  }
  journalFailpoint("journal.begin-discarded");
  await syncDirectory(directory);
}

/** Somebody else may have deleted it: trim and `begin` may meet. */
export async function deleteFile(
  directory: string,
  number: number,
): Promise<void> {
  try {
    await unlink(join(directory, journalFileName(number)));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
