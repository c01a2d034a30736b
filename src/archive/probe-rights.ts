import { randomBytes } from "node:crypto";
import { hasCode, type TidemarkError } from "../core/errors.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { probeKey } from "./keys.ts";
import { readObject } from "./read-entries.ts";

/** Every right that is missing of those that `run` needs in a store, not only the first. Throws what else the store says. */
export async function probeRights(
  store: ObjectStore,
  signal: AbortSignal,
): Promise<readonly TidemarkError[]> {
  const nonce = randomBytes(8).toString("hex");
  const [absent, key] = [probeKey(nonce, 0), probeKey(nonce, 1)];
  const asks = [
    () => Array.fromAsync(store.list(absent, undefined, signal)),
    () => readObject(store, absent, signal),
    () => store.create(key, { kind: "bytes", bytes: randomBytes(64) }, signal),
  ];
  const missing: TidemarkError[] = [];
  for (const each of asks) {
    try {
      await each();
    } catch (error) {
      if (hasCode(error, "RIGHT_MISSING")) missing.push(error as TidemarkError);
      else if (!hasCode(error, "OBJECT_MISSING")) throw error;
    }
  }
  // Where deleting is not allowed it stays, as what a probe of the races makes does.
  await store.delete([key], signal).catch(() => undefined);
  return missing;
}
