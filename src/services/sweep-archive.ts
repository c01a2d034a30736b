import { prepareSweep, runSweep } from "../archive/sweep.ts";
import { sleep } from "../platform/sleep.ts";
import type { SupervisedSource } from "./supervised-source.ts";

const EVERY_MS = 24 * 3600_000;
const FIRST_AFTER_MS = 10 * 60_000;
/** Nothing younger is touched, whatever the clocks of store and host say of each other. */
const MINIMUM_AGE_MS = 24 * 3600_000;

/** Deletes what crashes left in the archive: objects that no catalog entry names and none can name any more. */
export async function sweepArchive(
  supervised: SupervisedSource,
  signal: AbortSignal,
): Promise<void> {
  const { store, source, clock, logger } = supervised;
  await sleep(FIRST_AFTER_MS, signal);
  for (;;) {
    const plan = await prepareSweep(
      { store, source, clock, minimumAgeMs: MINIMUM_AGE_MS },
      signal,
    );
    await runSweep(store, plan, signal);
    logger.info(
      { source, objects: plan.delete.length, bytes: plan.bytes },
      "archive swept",
    );
    await sleep(EVERY_MS, signal);
  }
}
