import { prepareSweep, runSweep } from "../archive/sweep.ts";
import { hasCode, type TidemarkError } from "../core/errors.ts";
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
    const found = { objects: plan.delete.length, bytes: plan.bytes };
    try {
      await runSweep(store, plan, signal);
      logger.info({ source, ...found }, "archive swept");
    } catch (error) {
      // Whoever captures and archives need not be allowed to delete: then they stay, and harm nobody.
      if (!hasCode(error, "RIGHT_MISSING")) throw error;
      const { hint } = error as TidemarkError;
      logger.warn(
        { source, ...found, hint },
        "objects that a crash left stay: they may not be deleted",
      );
    }
    await sleep(EVERY_MS, signal);
  }
}
