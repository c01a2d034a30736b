import { hash } from "node:crypto";
import type { z } from "zod";
import { TidemarkError } from "../core/errors.ts";
import type { CatalogEntry } from "./acts.ts";
import { ENTRY_SCHEMA, isKnownAct } from "./entry-schema.ts";

/** `previous` of entry 1. */
export const NO_ENTRY_HASH = "0".repeat(64);

/** An entry, and the hash of the bytes that are stored of it. */
export interface StoredEntry {
  readonly entry: CatalogEntry;
  readonly sha256: string;
}

export function hashEntry(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex");
}

/** Never writes what it would not read. */
export function encodeEntry(entry: CatalogEntry): Buffer {
  const bytes = Buffer.from(JSON.stringify(entry), "utf8");
  try {
    decodeEntry("the new entry", bytes);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new TidemarkError("INTERNAL", `not written: ${message}`, { cause });
  }
  return bytes;
}

/** `name` is the object's key, for the error. Throws CATALOG_DAMAGED, FORMAT_TOO_NEW. */
export function decodeEntry(name: string, bytes: Uint8Array): CatalogEntry {
  const json = parseJson(name, bytes);
  const { format, act } = json;
  if (typeof format === "number" && format > 1) {
    throw tooNew(name, `has format ${format}`);
  }
  if (format === 1 && typeof act === "string" && !isKnownAct(act)) {
    throw tooNew(name, `says "${act.slice(0, 100)}"`);
  }
  const parsed = ENTRY_SCHEMA.safeParse(json);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  // A field or a choice that this version does not have, whatever else is wrong with it as well: a newer version may have put
  // it in the place of one that is missed here.
  const newer = issues.find(
    ({ code }) => code === "unrecognized_keys" || code === "invalid_value",
  );
  if (newer !== undefined) throw tooNew(name, `has ${describeIssue(newer)}`);
  const [issue] = issues;
  throw catalogDamaged(
    name,
    `is not an entry: ${issue === undefined ? "?" : describeIssue(issue)}`,
  );
}

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  const at = path.length === 0 ? "" : `${path.join(".")}: `;
  return `${at}${message}`.slice(0, 300);
}

function parseJson(
  name: string,
  bytes: Uint8Array,
): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (cause) {
    throw catalogDamaged(name, "is not JSON", cause);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw catalogDamaged(name, "is not an entry");
  }
  return json as Readonly<Record<string, unknown>>;
}

export function catalogDamaged(
  name: string,
  what: string,
  cause?: unknown,
): TidemarkError {
  return new TidemarkError("CATALOG_DAMAGED", `${name} ${what}`, {
    hint: "nothing was changed; bring that object back from a copy of the archive, then run `tidemark verify`",
    ...(cause === undefined ? {} : { cause }),
    details: { key: name },
  });
}

function tooNew(name: string, what: string): TidemarkError {
  return new TidemarkError(
    "FORMAT_TOO_NEW",
    `${name} ${what}, which this version of Tidemark does not know`,
    {
      hint: "use the version that wrote it, or a newer one",
      details: { key: name },
    },
  );
}
