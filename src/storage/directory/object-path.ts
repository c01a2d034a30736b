import { join } from "node:path";
import { parseKey } from "../object-key.ts";

/** Throws INTERNAL for what is no key. */
export function objectPath(root: string, key: string): string {
  return join(root, ...parseKey(key));
}
