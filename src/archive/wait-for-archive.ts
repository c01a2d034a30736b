import type { Catalog } from "./catalog.ts";
import { TidemarkError } from "../core/errors.ts";
import {
  formatPosition,
  isAtOrBefore,
  parsePosition,
  type Position,
} from "../core/position.ts";
import { sleep } from "../platform/sleep.ts";

const POLL_MS = 100;

/** Until the archive has seen the source's log up to `position`: no base is newer than its archive. */
export async function waitForArchive(
  wait: {
    readonly catalog: Catalog;
    readonly position: Position;
    readonly timeoutMs: number;
  },
  signal: AbortSignal,
): Promise<void> {
  const { catalog, position } = wait;
  const deadline = Date.now() + wait.timeoutMs;
  for (;;) {
    await catalog.refresh(signal);
    if (isAtOrBefore(position, parsePosition(catalog.state.progress.position)))
      return;
    if (Date.now() > deadline) {
      throw new TidemarkError(
        "BASE_UNSETTLED",
        `the archive has not reached ${formatPosition(position)} within ${wait.timeoutMs / 1000} s; it stands at ${catalog.state.progress.position}`,
        {
          hint: "is `tidemark run` running, and its capture not behind? see `tidemark status`",
        },
      );
    }
    await sleep(POLL_MS, signal);
  }
}
