import { openCatalog, type Catalog } from "../archive/catalog.ts";
import { TidemarkError } from "../core/errors.ts";
import { sleep } from "../platform/sleep.ts";
import { untilOneEnds } from "../platform/until-one-ends.ts";
import { archiveJournal, runSource } from "./run-source.ts";
import { scheduleBases } from "./schedule-bases.ts";
import { sweepArchive } from "./sweep-archive.ts";
import { tendSource } from "./tend-source.ts";
import { passes } from "./source-state.ts";
import type { SupervisedSource } from "./supervised-source.ts";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Keeps one source captured, archived and based until the signal aborts. What passes by itself is tried again, ever later; what needs a
 * person stops this source, and no other: then it throws.
 */
export async function superviseSource(
  supervised: SupervisedSource,
  signal: AbortSignal,
): Promise<void> {
  const shared = new SharedCatalog(supervised);
  const besides: Readonly<
    Record<string, (both: AbortSignal) => Promise<void>>
  > = {
    bases: async (both) =>
      scheduleBases(supervised, await shared.open(both), both),
    tending: async (both) =>
      tendSource(supervised, await shared.open(both), both),
    sweep: (both) => sweepArchive(supervised, both),
  };
  await untilOneEnds(signal, [
    (both) => captureAndArchive(supervised, both),
    ...Object.entries(besides).map(
      ([what, work]) =>
        (both: AbortSignal) =>
          repeat(supervised, { what, work }, both),
    ),
  ]);
}

/** A long catalog takes memory, and what works beside capture can do with one: it is read on before each use. */
class SharedCatalog {
  private readonly supervised: SupervisedSource;
  private opened: Promise<Catalog> | undefined;

  constructor(supervised: SupervisedSource) {
    this.supervised = supervised;
  }

  async open(signal: AbortSignal): Promise<Catalog> {
    const opening = (this.opened ??= openCatalog(this.supervised, signal));
    try {
      return await opening;
    } catch (error) {
      this.opened = undefined;
      throw error;
    }
  }
}

async function captureAndArchive(
  supervised: SupervisedSource,
  signal: AbortSignal,
): Promise<void> {
  const { onState, logger, source } = supervised;
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    const startedMs = Date.now();
    try {
      // Read anew at each start: what is durable decides where it goes on.
      const catalog = await openCatalog(supervised, signal);
      await runSource(
        {
          ...supervised,
          catalog,
          onRunning: () => onState({ kind: "running" }),
        },
        signal,
      );
    } catch (error) {
      signal.throwIfAborted();
      const failure = asFailure(error);
      const { code, message, hint } = failure;
      if (!passes(code)) {
        onState({ kind: "stopped", code, message, hint });
        throw failure;
      }
      if (code === "SERVER_UNREACHABLE") await archiveLeft(supervised, signal);
      onState({ kind: "waiting", code, message, hint });
      logger.warn({ source, code, hint, waitMs }, message);
    }
    if (Date.now() - startedMs > 2 * LONGEST_WAIT_MS) waitMs = FIRST_WAIT_MS;
    await sleep(waitMs, signal);
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
}

/** The journal may hold what the archive does not, and the source may be gone for good. */
async function archiveLeft(
  supervised: SupervisedSource,
  signal: AbortSignal,
): Promise<void> {
  try {
    const catalog = await openCatalog(supervised, signal);
    await archiveJournal({ ...supervised, catalog }, signal);
  } catch (error) {
    signal.throwIfAborted();
    const { code, message, hint } = asFailure(error);
    supervised.logger.warn({ source: supervised.source, code, hint }, message);
  }
}

/** Work beside capture: it may fail as long as capture does not, and is begun again. */
async function repeat(
  supervised: SupervisedSource,
  {
    what,
    work,
  }: {
    readonly what: string;
    readonly work: (signal: AbortSignal) => Promise<void>;
  },
  signal: AbortSignal,
): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    try {
      await work(signal);
    } catch (error) {
      signal.throwIfAborted();
      const { code, message, hint } = asFailure(error);
      supervised.logger.warn(
        { source: supervised.source, what, code, hint, waitMs },
        message,
      );
    }
    await sleep(waitMs, signal);
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
}

function asFailure(error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error;
  return new TidemarkError(
    "INTERNAL",
    error instanceof Error ? error.message : String(error),
    {
      cause: error,
    },
  );
}
