import type { Catalog } from "./catalog.ts";
import { TidemarkError } from "../core/errors.ts";
import {
  formatPosition,
  isAtOrBefore,
  parsePosition,
  type Position,
} from "../core/position.ts";
import type { Logger } from "../platform/logger.ts";
import { sleep } from "../platform/sleep.ts";

const POLL_MS = 100;
/** An archive that `run` writes progresses every few seconds, unless its rpo is longer. */
const STILL_MS = 10_000;

/** Until the archive has seen the source's log up to `position`: no base is newer than its archive. */
export async function waitForArchive(
  wait: {
    readonly catalog: Catalog;
    readonly position: Position;
    readonly timeoutMs: number;
    readonly logger: Logger;
  },
  signal: AbortSignal,
): Promise<void> {
  const { catalog, position } = wait;
  const deadline = Date.now() + wait.timeoutMs;
  let still: { readonly at: string; readonly sinceMs: number } | undefined;
  let isTold = false;
  for (;;) {
    await catalog.refresh(signal);
    const at = catalog.state.progress.position;
    if (isAtOrBefore(position, parsePosition(at))) return;
    if (still?.at !== at) still = { at, sinceMs: Date.now() };
    else if (!isTold && Date.now() - still.sinceMs > STILL_MS) {
      isTold = true;
      wait.logger.warn(
        { archive: at, wanted: formatPosition(position) },
        "waiting for the archive, which does not move: is `tidemark run` at work?",
      );
    }
    if (Date.now() > deadline) {
      throw new TidemarkError(
        "BASE_UNSETTLED",
        `the archive has not reached ${formatPosition(position)} within ${wait.timeoutMs / 1000} s; it stands at ${at}`,
        {
          hint: "is `tidemark run` running, and its capture not behind? see `tidemark status`",
        },
      );
    }
    await sleep(POLL_MS, signal);
  }
}
