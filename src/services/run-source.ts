import type { ArchivedSource, SegmentAct } from "../archive/acts.ts";
import type { ArchiveWriter } from "../archive/archive-writer.ts";
import type { Catalog } from "../archive/catalog.ts";
import type { CatalogState } from "../archive/catalog-state.ts";
import { requireSameTables } from "../archive/same-source.ts";
import { lineageOf } from "../core/database-identity.ts";
import { TidemarkError } from "../core/errors.ts";
import { parseInstant, type Micros } from "../core/instant.ts";
import {
  formatPosition,
  isAtOrBefore,
  parsePosition,
  type Position,
} from "../core/position.ts";
import { hasCode } from "../core/errors.ts";
import type { SourceName } from "../core/source-name.ts";
import type { ChangeSource } from "../engine/change-source.ts";
import type { SourceAdmin, SourceIdentity } from "../engine/source-admin.ts";
import { ZERO_HASH } from "../format/rolling-hash.ts";
import type { Journal, JournalWriter } from "../journal/journal.ts";
import type { Logger } from "../platform/logger.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { untilOneEnds } from "../platform/until-one-ends.ts";
import { openWorkFolder } from "../platform/work-folder.ts";
import { Archiver, type ArchiverOptions } from "./archiver.ts";
import { capture } from "./capture.ts";
import { proveContinuity } from "./prove-continuity.ts";
import {
  recordChangedPreparation,
  requirePreparation,
  tryPreparation,
  watchPreparation,
} from "./prove-preparation.ts";
import { Sequencer } from "./sequencer.ts";

/** This version has one: `rebase` is to come. */
export const FIRST_INCARNATION = 1;

const LOOK_EVERY_MS = 30_000;

export interface SourceRuntime {
  readonly source: SourceName;
  readonly admin: SourceAdmin;
  /** What it keeps meanwhile is in the folder. */
  readonly openChanges: (workFolder: string) => ChangeSource;
  /** The patterns of `tables:`, by which `openChanges` selects; none: every table. */
  readonly tables: readonly string[];
  readonly journal: Journal;
  readonly store: ObjectStore;
  readonly catalog: Catalog;
  readonly rpoMs: number;
  /** How long a stop may take to archive what is in the journal; 0: it stays there for the next start. */
  readonly shutdownMs: number;
  /** A folder that belongs to this source on this machine. */
  readonly workFolder: string;
  /** How often an idle source is looked at for what somebody else may have done to it. */
  readonly lookEveryMs?: number;
  readonly logger: Logger;
  /** Continuity is proved and the stream is about to open. */
  readonly onRunning?: () => void;
  /** After each segment is in the archive. */
  readonly onArchived?: (segment: SegmentAct) => void;
}

/**
 * Capture and archive one source until the signal aborts or something throws; whoever calls starts it again. Where it goes on is
 * read each time from what is durable: the archive's head, and the journal if it continues that head.
 */
export async function runSource(
  runtime: SourceRuntime,
  signal: AbortSignal,
): Promise<void> {
  const { source, admin, catalog, journal } = runtime;
  // Before anything that another process would notice: one that has this journal is to go on.
  await using writer = await journal.openWriter(source, signal);
  await beginArchive({ ...runtime, writer }, signal);
  const identity = await proveContinuity(catalog, admin, signal);
  requireSameTables(catalog.state.source, runtime.tables);
  // The archive keeps what was wrong, so that a gap is written once it is right again, whatever it took to make it so.
  const remember = async (wrong: string) => {
    if (catalog.state.source.preparation === wrong) return;
    await catalog.takeEpoch(archivedSource(runtime, identity, wrong), signal);
  };
  const mark = await requirePreparation(runtime, signal, remember);
  await recordChangedPreparation({ ...runtime, mark }, signal);
  const archive = await catalog.takeEpoch(
    archivedSource(runtime, identity, mark),
    signal,
  );
  await alignJournal({ ...runtime, writer }, signal);
  const sequencer = new Sequencer(planSequence(catalog.state, writer));
  await using work = await openWorkFolder(runtime.workFolder);
  await using changes = runtime.openChanges(work.path);
  const prove = (proving: AbortSignal) =>
    tryPreparation({ source, admin, mark }, proving);
  const open = (acknowledge: (position: Position) => void) =>
    openArchiver(runtime, { archive, prove, work, acknowledge });
  const after = parsePosition(catalog.state.reread.position);
  runtime.onRunning?.();
  try {
    await untilOneEnds(signal, [
      (both) => capture({ source: changes, after, sequencer, writer }, both),
      (both) => open((position) => changes.acknowledge(position)).run(both),
      (both) =>
        watchPreparation(
          {
            ...{ source, admin, mark },
            everyMs: runtime.lookEveryMs ?? LOOK_EVERY_MS,
          },
          both,
        ),
    ]);
  } catch (error) {
    const left = leftWith(runtime, { error, signal });
    if (left !== undefined && writer.head !== undefined)
      await open(() => undefined).run(left, writer.head.seq);
    throw error;
  }
}

/**
 * Whether what the journal holds goes into the archive before this ends: when the source is gone, which may be for good, and when we
 * are told to stop, as long as there is time. The source is no longer acknowledged then; the next start does that.
 */
function leftWith(
  { shutdownMs }: SourceRuntime,
  { error, signal }: { readonly error: unknown; readonly signal: AbortSignal },
): AbortSignal | undefined {
  if (signal.aborted)
    return shutdownMs > 0 ? AbortSignal.timeout(shutdownMs) : undefined;
  return hasCode(error, "SERVER_UNREACHABLE") ? signal : undefined;
}

/**
 * What an earlier run left in the journal, when the source cannot be reached: archived under the identity that the archive knows. A
 * journal that does not continue the archive is left alone.
 */
export async function archiveJournal(
  runtime: SourceRuntime,
  signal: AbortSignal,
): Promise<void> {
  const { source, catalog, journal } = runtime;
  await catalog.refresh(signal);
  if (catalog.isEmpty) return;
  await using writer = await journal.openWriter(source, signal);
  const { head } = catalog.state;
  const through = writer.head?.seq ?? 0;
  if (through <= head.seq) return;
  const found = await journal.find(source, head.seq, signal);
  if (found?.rollingHash !== head.rollingHash) return;
  const archive = await catalog.takeEpoch(catalog.state.source, signal);
  await using work = await openWorkFolder(runtime.workFolder);
  const archiver = openArchiver(runtime, {
    archive,
    work,
    // What was found wrong at the last start may be what the archive knows.
    prove: async () => false,
    acknowledge: () => undefined,
  });
  await archiver.run(signal, through);
}

function openArchiver(
  runtime: SourceRuntime,
  parts: {
    readonly archive: ArchiveWriter;
    readonly prove: ArchiverOptions["prove"];
    readonly work: { readonly path: string };
    readonly acknowledge: (position: Position) => void;
  },
): Archiver {
  const { source, journal, store, rpoMs, logger } = runtime;
  const { archive, prove, work, acknowledge } = parts;
  return new Archiver({
    ...{ source, journal, store, rpoMs, logger, prove, acknowledge },
    incarnation: FIRST_INCARNATION,
    writer: archive,
    workFolder: work.path,
    onArchived: (segment) => runtime.onArchived?.(segment),
  });
}

/** An empty archive begins with whose history it is and where that begins. */
async function beginArchive(
  runtime: SourceRuntime & { readonly writer: JournalWriter },
  signal: AbortSignal,
): Promise<void> {
  const { catalog, admin, writer } = runtime;
  await catalog.refresh(signal);
  if (!catalog.isEmpty) return;
  refuseVanishedArchive(runtime, writer.head);
  const identity = await admin.identity(signal);
  const start = await admin.startPosition(signal);
  const prepared = await admin.preparedPosition(signal);
  refuseReleasedLog(runtime, { start, prepared });
  const mark = await requirePreparation(runtime, signal);
  await catalog.begin(
    {
      act: "source",
      source: archivedSource(runtime, identity, mark),
      start: {
        seq: 0,
        position: formatPosition(start),
        rollingHash: ZERO_HASH,
      },
    },
    signal,
  );
}

/**
 * Transactions come into a journal after the archive has begun: where there is one without the other, the archive is elsewhere, on a
 * disk that is not mounted perhaps. A second one begun here would let the source release what only the first one lacks.
 */
function refuseVanishedArchive(
  { source, store }: SourceRuntime,
  journalHead: JournalWriter["head"],
): void {
  if (journalHead === undefined) return;
  throw new TidemarkError(
    "NOT_FOUND",
    `${store.url} has no archive of ${source}, whose journal holds transactions up to seq ${journalHead.seq}`,
    { hint: elsewhere(source) },
  );
}

/** The same where the journal is away, too: a source releases log only to an archive that holds it. */
function refuseReleasedLog(
  { source, store }: SourceRuntime,
  log: { readonly start: Position; readonly prepared: Position },
): void {
  if (isAtOrBefore(log.start, log.prepared)) return;
  throw new TidemarkError(
    "NOT_FOUND",
    `${store.url} has no archive of ${source}, but the source has released its log from ${formatPosition(log.prepared)} to ${formatPosition(log.start)}, as it does when an archive holds it, or after its own retention`,
    { hint: elsewhere(source) },
  );
}

function elsewhere(source: SourceName): string {
  return `is the archive's place right, its disk mounted? To begin a new history on purpose: \`tidemark forget ${source}\`, \`tidemark prepare ${source}\`, and nothing of ${source} in the journal (its folder in journal.directory, or its topic)`;
}

/** A journal counts only if it holds the archive's head; otherwise it is begun anew there, and the source sends the rest again. */
async function alignJournal(
  runtime: SourceRuntime & { readonly writer: JournalWriter },
  signal: AbortSignal,
): Promise<void> {
  const { catalog, journal, source, writer, logger } = runtime;
  const { head } = catalog.state;
  if (writer.head !== undefined) {
    const found = await journal.find(source, head.seq, signal);
    if (found?.rollingHash === head.rollingHash) return;
    logger.warn(
      { source, journal: writer.head.seq, archive: head.seq },
      "the journal does not continue the archive: begun again at the archive's head",
    );
  }
  await writer.begin(
    {
      seq: head.seq,
      position: parsePosition(head.position),
      rollingHash: head.rollingHash,
      committedAt: latest(head.committedAt, catalog.state.progress.at),
    },
    signal,
  );
}

function planSequence(state: CatalogState, writer: JournalWriter) {
  const { reread, head } = state;
  const journal = writer.head;
  if (journal === undefined) throw new Error("the journal was not begun");
  const archived = {
    holder: "archive",
    seq: head.seq,
    position: parsePosition(head.position),
    rollingHash: head.rollingHash,
  };
  return {
    seq: reread.seq,
    rollingHash: reread.rollingHash,
    known: [archived, { holder: "journal", ...journal }].filter(
      (known) => known.seq > reread.seq,
    ),
    writtenThrough: journal.seq,
    committedAt: max(journal.committedAt, journal.progressedAt),
    incarnation: FIRST_INCARNATION,
  };
}

export function archivedSource(
  { source, tables }: Pick<SourceRuntime, "source" | "tables">,
  identity: SourceIdentity,
  preparation: string,
): ArchivedSource {
  return {
    ...lineageOf(identity),
    name: source,
    version: identity.version,
    incarnation: FIRST_INCARNATION,
    preparation,
    tables: tables.toSorted(),
  };
}

function latest(a: string, b: string): Micros {
  return max(parseInstant(a), parseInstant(b));
}

function max(a: Micros, b: Micros): Micros {
  return a > b ? a : b;
}
