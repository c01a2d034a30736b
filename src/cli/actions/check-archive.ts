import { probeRights } from "../../archive/probe-rights.ts";
import { probeStore } from "../../archive/probe-store.ts";
import type { ArchiveLocation } from "../../config/config.ts";
import type { CommandContext } from "../context.ts";
import { examineStore, openStore } from "../wiring.ts";
import { asProblem, checkPlace, type Finding } from "./check-place.ts";

/**
 * A directory is looked at. What a bucket allows, and whether it keeps its word when several write at once, shows only when it is
 * done: a few small objects below `probe/`, which are deleted where that is allowed.
 */
export async function checkArchive(
  archive: ArchiveLocation,
  { signal }: CommandContext,
): Promise<Finding[]> {
  const settings = await checkPlace("archive", async () =>
    (await examineStore(archive, signal)).map((problem) => ({
      ...problem,
      needsRestart: false,
    })),
  );
  if ("directory" in archive || settings.some(isError)) return settings;
  const rights = await checkPlace("archive", async () => {
    await using store = await openStore(archive);
    const missing = await probeRights(store, signal);
    if (missing.length === 0) await probeStore(store, signal);
    return missing.map(asProblem);
  });
  return [...settings, ...rights];
}

function isError({ severity }: Finding): boolean {
  return severity === "error";
}
