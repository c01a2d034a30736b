import { hash } from "node:crypto";
import type { SourceName } from "../../core/source-name.ts";

/** Names of locks have at most 64 characters. */
const LONGEST = 64;

/** The server's lock (GET_LOCK) that whoever reads this source's binlog holds. */
export function captureLock(source: SourceName): string {
  return lockName("capture", source);
}

/** That of whoever takes a base of it. */
export function baseLock(source: SourceName): string {
  return lockName("base", source);
}

function lockName(what: string, source: SourceName): string {
  const name = `tidemark.${what}.${source}`;
  return name.length <= LONGEST
    ? name
    : `tidemark.${what}.${hash("sha256", source, "hex").slice(0, 40)}`;
}
