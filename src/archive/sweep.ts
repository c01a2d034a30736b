import type { SourceName } from "../core/source-name.ts";
import type { Clock } from "../platform/clock.ts";
import { failpoint } from "../platform/failpoints.ts";
import type { ObjectInfo, ObjectStore } from "../storage/object-store.ts";
import { basesPrefix, segmentsPrefix } from "./keys.ts";
import { planSweep, type SweepPlan } from "./plan-sweep.ts";
import { readCatalog } from "./read-catalog.ts";

export const SWEEP_FAILPOINTS = ["catalog.objects-swept"] as const;

const BATCH = 1000;

export interface SweepOptions {
  readonly store: ObjectStore;
  readonly source: SourceName;
  readonly clock: Clock;
  readonly minimumAgeMs: number;
}

/**
 * The objects are listed before the catalog is read: what is named in between counts as named. It is read anew and proved to be whole,
 * because to whoever reads on from what he knew, a lost entry is the end, and what later ones name would go. Throws CATALOG_DAMAGED.
 */
export async function prepareSweep(
  options: SweepOptions,
  signal: AbortSignal,
): Promise<SweepPlan> {
  const { store, source, clock, minimumAgeMs } = options;
  const objects: ObjectInfo[] = [];
  for (const prefix of [basesPrefix(source), segmentsPrefix(source)]) {
    for await (const object of store.list(prefix, undefined, signal)) {
      objects.push(object);
    }
  }
  const state = await readCatalog({ store, source }, signal);
  if (state === undefined)
    return { delete: [], bytes: 0, spared: objects.length };
  return planSweep(state, objects, { now: clock.now(), minimumAgeMs });
}

/** A crash leaves the rest to the next sweep. */
export async function runSweep(
  store: ObjectStore,
  plan: SweepPlan,
  signal: AbortSignal,
): Promise<void> {
  const keys = plan.delete.map(({ key }) => key);
  for (let at = 0; at < keys.length; at += BATCH) {
    await store.delete(keys.slice(at, at + BATCH), signal);
    failpoint("catalog.objects-swept");
  }
}
