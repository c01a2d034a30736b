import { randomBytes } from "node:crypto";
import { hasCode, TidemarkError } from "../core/errors.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { probeKey } from "./keys.ts";
import { readObject } from "./read-entries.ts";

const ROUNDS = 8;
const RACERS = 4;

/**
 * Refuses a store that lies about creating only where there is nothing: some answer rightly one after another and have several
 * winners in a race, and a catalog in them would lose entries. Throws PREFLIGHT, and what the store throws.
 */
export async function probeStore(
  store: ObjectStore,
  signal: AbortSignal,
): Promise<void> {
  const nonce = randomBytes(8).toString("hex");
  const keys = Array.from({ length: ROUNDS }, (_, round) =>
    probeKey(nonce, round),
  );
  try {
    for (const key of keys) await race(store, key, signal);
  } finally {
    // Where deleting is not allowed, a few small objects stay: harmless, and no reason to hide what the races showed.
    await store.delete(keys, signal).catch(() => undefined);
  }
}

async function race(
  store: ObjectStore,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  const bodies = Array.from({ length: RACERS }, () => randomBytes(64));
  const results = await Promise.allSettled(
    bodies.map((bytes) => store.create(key, { kind: "bytes", bytes }, signal)),
  );
  const winners = results.flatMap((result, racer) => {
    if (result.status === "fulfilled") return bodies.slice(racer, racer + 1);
    if (hasCode(result.reason, "OBJECT_EXISTS")) return [];
    throw result.reason;
  });
  if (winners.length > 1) {
    throw unfit(store, `${winners.length} of ${RACERS} racing writers won`);
  }
  // No winner: its answer was lost, and a second try of the store's client heard that the object exists.
  const possible = winners.length === 1 ? winners : bodies;
  const stored = await readObject(store, key, signal);
  if (!possible.some((body) => body.equals(stored))) {
    throw unfit(store, "a writer that lost left its bytes");
  }
  try {
    const bytes = randomBytes(64);
    await store.create(key, { kind: "bytes", bytes }, signal);
  } catch (error) {
    if (hasCode(error, "OBJECT_EXISTS")) return;
    throw error;
  }
  throw unfit(store, "an object was overwritten");
}

function unfit(store: ObjectStore, what: string): TidemarkError {
  return new TidemarkError(
    "PREFLIGHT",
    `${store.url} cannot hold an archive: ${what}`,
    {
      hint: "use a directory on one file system, or an object store with conditional writes (If-None-Match) that holds under concurrency",
    },
  );
}
