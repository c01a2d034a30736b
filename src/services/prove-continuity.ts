import type { Catalog } from "../archive/catalog.ts";
import type { CatalogState } from "../archive/catalog-state.ts";
import { requireSameSource } from "../archive/same-source.ts";
import { hasCode, TidemarkError } from "../core/errors.ts";
import {
  formatPosition,
  isAtOrBefore,
  parsePosition,
  type Position,
} from "../core/position.ts";
import type { SourceAdmin, SourceIdentity } from "../engine/source-admin.ts";

/**
 * Whether the source that answers is the one whose history the archive holds, and still has what comes next. What cannot be seen
 * from here, whether the transactions are the same ones, the sequencer sees when they come again.
 */
export async function proveContinuity(
  catalog: Catalog,
  admin: SourceAdmin,
  signal: AbortSignal,
): Promise<SourceIdentity> {
  const identity = await admin.identity(signal);
  requireSameSource(catalog.state.source, identity);
  const confirmed = await slotPosition(catalog.state, admin, signal);
  // Another process may be archiving right now. It tells the slot only what it has archived, so in this order, slot, archive,
  // end of the log, each is at or before what is asked next.
  await catalog.refresh(signal);
  const { state } = catalog;
  const head = parsePosition(state.head.position);
  const now = await admin.currentPosition(signal);
  // Postgres would accept a later start silently and send nothing until it has caught up.
  if (!isAtOrBefore(head, now)) {
    throw new TidemarkError(
      "SOURCE_DIVERGED",
      `the archive holds transactions up to ${formatPosition(head)}, the source's log ends at ${formatPosition(now)}`,
      {
        hint: "the source was restored from an older copy: its history is not the archived one",
      },
    );
  }
  checkSlot(state, confirmed);
  return identity;
}

/** The archive has a history of this source, so a slot that is not there took the log that comes next with it. */
async function slotPosition(
  state: CatalogState,
  admin: SourceAdmin,
  signal: AbortSignal,
): Promise<Position> {
  try {
    return await admin.startPosition(signal);
  } catch (cause) {
    if (!(cause instanceof TidemarkError)) throw cause;
    if (!hasCode(cause, "SOURCE_NOT_PREPARED", "HISTORY_LOST")) throw cause;
    throw new TidemarkError(
      "HISTORY_LOST",
      `${cause.message}; the archive needs the log from ${state.reread.position} on`,
      { hint: newHistory(state), cause },
    );
  }
}

function newHistory({ source, head }: CatalogState): string {
  return `what is archived, up to seq ${head.seq}, stays restorable; begin a new history: give the database another name than ${source.name} in tidemark.yaml, then \`tidemark prepare\``;
}

/** The slot's own position must not have passed the transaction from which capture reads again. */
function checkSlot(state: CatalogState, confirmed: Position): void {
  const reread = parsePosition(state.reread.position);
  if (isAtOrBefore(confirmed, reread)) return;
  throw new TidemarkError(
    "HISTORY_LOST",
    `the source has released its log up to ${formatPosition(confirmed)}; the archive needs it from ${formatPosition(reread)} on`,
    {
      hint: `somebody else advanced or recreated the slot, or the archive was set back; ${newHistory(state)}`,
    },
  );
}
