import type { Catalog } from "../../archive/catalog.ts";
import { markersNamed } from "../../archive/resolve-point.ts";
import { TidemarkError } from "../../core/errors.ts";
import type { SourceAdmin } from "../../engine/source-admin.ts";
import { sleep } from "../../platform/sleep.ts";

/** The archiver cuts its segment at a marker, so this is long for a capture that keeps up. */
const PATIENCE_MS = 30_000;
const POLL_MS = 100;

export interface Marked {
  readonly admin: Pick<SourceAdmin, "retained">;
  readonly catalog: Catalog;
}

/**
 * Until a marker that is written is archived. Returns why it is not, as far as can be seen: whatever hides that, the marker is
 * written, and whoever wrote it has to hear so, or would write it again.
 */
export async function waitForMarker(
  name: string,
  marked: Marked,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await watch(name, marked, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof TidemarkError)) throw error;
    return `whether it is archived could not be seen: ${error.code}: ${error.message}`;
  }
}

async function watch(
  name: string,
  { admin, catalog }: Marked,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { slotActive } = await admin.retained(signal);
  const patience = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    await catalog.refresh(signal);
    if (!catalog.isEmpty && markersNamed(catalog.state, name).length > 0)
      return undefined;
    if (!slotActive)
      return "nobody reads its replication slot: is `tidemark run` running?";
    if (patience.aborted)
      return `it is not in the archive after ${PATIENCE_MS / 1000} s: \`tidemark status\` says how far that is behind`;
    await sleep(POLL_MS, signal);
  }
}
