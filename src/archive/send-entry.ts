import { hasCode } from "../core/errors.ts";
import { sleep } from "../platform/sleep.ts";
import type { CatalogEntry } from "./acts.ts";
import type { CatalogPlace } from "./catalog-head.ts";
import { catalogKey } from "./keys.ts";
import { readObject } from "./read-entries.ts";

const TRIES = 6;
/** What no second try mends. */
const FOR_A_PERSON = [
  "DISK_FULL",
  "RIGHT_MISSING",
  "NOT_FOUND",
  "CONFIG",
] as const;

/** One entry's bytes on their way to one number. */
export interface Attempt {
  readonly entry: CatalogEntry;
  readonly bytes: Buffer;
  readonly sha256: string;
}

export interface Sending {
  /** Doubled with each try. */
  readonly retryDelayMs: number;
  readonly signal: AbortSignal;
}

/**
 * True: the number is ours and durable. False: it is another's. An answer that was lost says neither, and that the object is not
 * there yet says nothing either, because the write may still be on its way: so the same bytes are sent again until the store
 * says yes or exists, and in the second case its bytes, which hold our nonce, tell whose they are. When it throws, the entry may
 * have landed.
 */
export async function sendEntry(
  place: CatalogPlace,
  { entry, bytes }: Attempt,
  { retryDelayMs, signal }: Sending,
): Promise<boolean> {
  const key = catalogKey(place.source, entry.n);
  for (let tries = 1; ; tries++) {
    try {
      return await createOrCompare(place, { key, bytes }, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (tries === TRIES || hasCode(error, ...FOR_A_PERSON)) throw error;
    }
    await sleep(retryDelayMs * 2 ** (tries - 1), signal);
  }
}

async function createOrCompare(
  { store }: CatalogPlace,
  { key, bytes }: { readonly key: string; readonly bytes: Buffer },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await store.create(key, { kind: "bytes", bytes }, signal);
    return true;
  } catch (error) {
    if (!hasCode(error, "OBJECT_EXISTS")) throw error;
    return bytes.equals(await readObject(store, key, signal));
  }
}
