import { access, constants } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Whether a folder could be made and written, without making it: the nearest one that is there, itself or above it. Throws what the
 * operating system says: no right, read-only, a file in its place.
 */
export async function writableFolder(path: string): Promise<string> {
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      // With `/.` a file is no folder.
      await access(`${at}/.`, constants.W_OK | constants.X_OK);
      return at;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" || at === dirname(at)) throw error;
    }
  }
}
