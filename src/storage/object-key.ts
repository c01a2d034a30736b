import { TidemarkError } from "../core/errors.ts";

/*
 * One grammar for the keys of every store, so that an archive can be copied from one to another.
 */

/** No key begins with it: a directory keeps objects there that are not whole yet, and a copy of it may lie in any store. */
export const TEMP_FOLDER = ".tmp";

const SEGMENT = /^[A-Za-z0-9._=-]{1,255}$/;
const MAX_KEY_LENGTH = 1024;

/** Whether `name` can be one segment of a key; anything else in a store is not ours. */
export function isKeySegment(name: string): boolean {
  return SEGMENT.test(name) && name !== "." && name !== "..";
}

/** Whether `key` can be the key of an object; anything else in a store is not ours. */
export function isKey(key: string): boolean {
  const segments = key.split("/");
  return (
    key.length <= MAX_KEY_LENGTH &&
    segments[0] !== TEMP_FOLDER &&
    segments.every(isKeySegment)
  );
}

/**
 * The segments of a key. Throws INTERNAL before anything is asked of a store with an unchecked key: a key may come from a catalog
 * that somebody else wrote.
 */
export function parseKey(key: string): readonly string[] {
  if (!isKey(key)) throw notAKey(key);
  return key.split("/");
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
