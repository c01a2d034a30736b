import type { Catalog } from "../archive/catalog.ts";
import { hasCode, TidemarkError } from "../core/errors.ts";
import { formatPosition } from "../core/position.ts";
import type { SourceName } from "../core/source-name.ts";
import type { Preparation, SourceAdmin } from "../engine/source-admin.ts";
import type { Logger } from "../platform/logger.ts";
import { sleep } from "../platform/sleep.ts";

/**
 * Capture must not begin on a source that keeps changes to itself. Throws SOURCE_NOT_PREPARED with all that is wrong; before that,
 * `onWrong` gets the mark of what was found, which may be the known one again once it is put right.
 */
export async function requirePreparation(
  {
    source,
    admin,
  }: { readonly source: SourceName; readonly admin: SourceAdmin },
  signal: AbortSignal,
  onWrong?: (mark: string) => Promise<void>,
): Promise<string> {
  const preparation = await admin.preparation(signal);
  if (preparation.problems.length === 0) return preparation.mark;
  await onWrong?.(preparation.mark);
  const prepare = `tidemark prepare ${source}`;
  const mends = new Set(preparation.problems.map(({ mend }) => mend));
  throw new TidemarkError(
    "SOURCE_NOT_PREPARED",
    `${source} does not send every change: ${describe(preparation)}`,
    { hint: mends.size === 0 ? prepare : [...mends].join("; ") },
  );
}

/**
 * Another mark than the one that the archive was written under: something was dropped or altered meanwhile, and what was not sent
 * then will never be. Behind what is archived and was proved a gap begins, which ends here with a transaction of our own, and
 * every table needs a new base behind that. Order of durability: gap → the new mark in the `writer` entry that follows; a
 * crash between them writes the gap once more.
 */
export async function recordChangedPreparation(
  found: {
    readonly source: SourceName;
    readonly admin: SourceAdmin;
    readonly catalog: Catalog;
    readonly mark: string;
    readonly logger: Logger;
  },
  signal: AbortSignal,
): Promise<void> {
  const { source, admin, catalog, mark, logger } = found;
  const { proved, incarnation, source: known } = catalog.state;
  if (known.preparation === mark) return;
  await admin.heartbeat("gap", signal);
  const through = await admin.currentPosition(signal);
  await catalog.append(
    {
      act: "gap",
      scope: { kind: "source" },
      code: "PREPARATION_CHANGED",
      incarnation,
      afterSeq: proved.seq,
      afterPosition: proved.position,
      afterAt: proved.at,
      throughPosition: formatPosition(through),
      detail: { was: known.preparation, is: mark },
    },
    signal,
  );
  logger.error(
    {
      source,
      code: "PREPARATION_CHANGED",
      afterSeq: proved.seq,
      was: known.preparation,
      is: mark,
    },
    "publication or DDL trigger were changed: a gap begins behind what is archived, and a new base is taken",
  );
}

/**
 * Whether publication and DDL trigger are those that `mark` stands for; false when the source cannot be asked: what it has sent must
 * reach the archive all the more then. Throws PREPARATION_CHANGED.
 */
export async function tryPreparation(
  running: Parameters<typeof provePreparation>[0],
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await provePreparation(running, signal);
    return true;
  } catch (error) {
    if (hasCode(error, "SERVER_UNREACHABLE", "ACCESS_DENIED", "NOT_FOUND"))
      return false;
    throw error;
  }
}

/** Throws PREPARATION_CHANGED when publication or DDL trigger are not those that `mark` stands for. */
export async function provePreparation(
  running: {
    readonly source: SourceName;
    readonly admin: SourceAdmin;
    readonly mark: string;
  },
  signal: AbortSignal,
): Promise<void> {
  const { source, admin, mark } = running;
  const now = await admin.preparation(signal);
  if (now.mark === mark) return;
  throw new TidemarkError(
    "PREPARATION_CHANGED",
    `publication or DDL trigger of ${source} were changed behind Tidemark's back: ${now.problems.length === 0 ? `they were ${mark}, they are ${now.mark}` : describe(now)}`,
    {
      hint: "nothing of what came since is archived as if it were whole; once they are right again (`tidemark prepare`), `tidemark run` records a gap and takes a new base",
      details: { was: mark, is: now.mark },
    },
  );
}

/** The same now and then, so that an idle source shows it too. */
export async function watchPreparation(
  running: Parameters<typeof provePreparation>[0] & {
    readonly everyMs: number;
  },
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(running.everyMs, signal);
    await provePreparation(running, signal);
  }
}

function describe({ problems }: Preparation): string {
  return problems.map(({ message }) => message).join("; ");
}
