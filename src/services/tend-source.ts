import type { Catalog } from "../archive/catalog.ts";
import { logBytesBetween, parsePosition } from "../core/position.ts";
import { sleep } from "../platform/sleep.ts";
import type { SupervisedSource } from "./supervised-source.ts";

const EVERY_MS = 30_000;
/** How far an idle source may lie behind its server's log before it gets a transaction of its own. */
const IDLE_LOG_BYTES = 16 * 1024 * 1024;

/** What capture itself has to say in the source's history: readings of sequences, and a heartbeat in an idle one. */
export async function tendSource(
  supervised: SupervisedSource,
  catalog: Catalog,
  signal: AbortSignal,
): Promise<void> {
  const { admin } = supervised;
  for (;;) {
    await sleep(EVERY_MS, signal);
    await catalog.refresh(signal);
    if (catalog.isEmpty || catalog.state.epoch === 0) continue;
    await admin.recordSequences(signal);
    const { head, progress } = catalog.state;
    const idleBytes = logBytesBetween(
      parsePosition(head.position),
      parsePosition(progress.position),
    );
    // Undefined: in another file of the log, and the first may go away as a whole.
    if (idleBytes === undefined || idleBytes > IDLE_LOG_BYTES)
      await admin.heartbeat("idle", signal);
  }
}
