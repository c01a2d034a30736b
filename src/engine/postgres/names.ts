import { hash } from "node:crypto";
import type { SourceName } from "../../core/source-name.ts";

/** What `prepare` makes in a source. A slot's name allows a-z, 0-9 and _, and 63 bytes. */
export interface SourceObjects {
  readonly slot: string;
  readonly publication: string;
}

export function sourceObjects(source: SourceName): SourceObjects {
  const plain = /^[a-z0-9_]{1,50}$/.test(source);
  // Names with a dash, or long ones, get a hash, so that "a-b" and "a_b" in one cluster stay two.
  const suffix = plain
    ? source
    : `${source.replaceAll("-", "_").slice(0, 40)}_${hash("sha256", source).slice(0, 8)}`;
  return { slot: `tidemark_${suffix}`, publication: `tidemark_${suffix}` };
}

/** The schema of our log in a source: in no base, no restore, and of its rows only inserts into `log` are events. */
export const TIDEMARK_SCHEMA = "tidemark";
export const TIDEMARK_LOG = "log";

/** In a target: what a restore has done there, until it is done. */
export const LEDGER_SCHEMA = "tidemark_restore";
