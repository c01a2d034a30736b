import { writableFolder } from "../../platform/writable-folder.ts";
import { storeError } from "./store-error.ts";

/** Throws what the first create in a store there would, as far as looking shows it, and makes nothing. */
export async function examineStoreDirectory(directory: string): Promise<void> {
  try {
    await writableFolder(directory);
  } catch (error) {
    throw storeError(error, `looking at the archive's folder ${directory}`);
  }
}
