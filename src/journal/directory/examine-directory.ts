import { writableFolder } from "../../platform/writable-folder.ts";
import { journalFileError } from "./journal-errors.ts";
import { refuseNetworkDisk } from "./local-disk.ts";

/** Throws what opening a journal there would, and makes nothing. */
export async function examineJournalDirectory(
  directory: string,
): Promise<void> {
  try {
    await refuseNetworkDisk(await writableFolder(directory));
  } catch (error) {
    throw journalFileError(directory, error);
  }
}
