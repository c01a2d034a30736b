import { join } from "node:path";
import { TidemarkError } from "../../core/errors.ts";

/** The store's own folder for objects that are not whole yet. Temporary files and objects share one file system: link(2) needs it. */
export const TEMP_FOLDER = ".tmp";

const SEGMENT = /^[A-Za-z0-9._=-]{1,255}$/;
const MAX_KEY_LENGTH = 1024;

/** Whether `name` can be one segment of a key; anything else in the folder is not ours. */
export function isKeySegment(name: string): boolean {
  return SEGMENT.test(name) && name !== "." && name !== "..";
}

/**
 * The segments of a key. Throws INTERNAL before any path is built from an unchecked key: a key may come from a catalog that
 * somebody else wrote.
 */
export function parseKey(key: string): readonly string[] {
  const segments = key.split("/");
  if (
    key.length > MAX_KEY_LENGTH ||
    segments[0] === TEMP_FOLDER ||
    !segments.every(isKeySegment)
  ) {
    throw notAKey(key);
  }
  return segments;
}

export function objectPath(root: string, key: string): string {
  return join(root, ...parseKey(key));
}

/** The whole folders that a prefix names; what follows the last `/` may be the beginning of a segment. */
export function prefixFolders(prefix: string): readonly string[] {
  const segments = prefix.split("/");
  const partial = segments.pop() ?? "";
  const known =
    segments.every(isKeySegment) && (partial === "" || SEGMENT.test(partial));
  if (!known || segments[0] === TEMP_FOLDER) throw notAKey(prefix);
  return segments;
}

function notAKey(key: string): TidemarkError {
  return new TidemarkError(
    "INTERNAL",
    `${JSON.stringify(key.slice(0, 200))} is not an object key`,
    { hint: "segments of A-Z, a-z, 0-9, . _ = and -, joined by /" },
  );
}
