import type { Catalog } from "../archive/catalog.ts";
import {
  byPosition,
  findLastCommit,
  type ArchivedCommit,
} from "../archive/find-commit.ts";
import { requireSameSource } from "../archive/same-source.ts";
import { TableHistories } from "../archive/table-history.ts";
import { waitForArchive } from "../archive/wait-for-archive.ts";
import { hasCode, type TidemarkError } from "../core/errors.ts";
import type { Position } from "../core/position.ts";
import { tableLabel, type TableId } from "../core/shape.ts";
import type { Mapping } from "../engine/mapping.ts";
import type { RestoreTarget } from "../engine/restore-target.ts";
import { readUndisturbed } from "../engine/read-undisturbed.ts";
import type { SourceAdmin } from "../engine/source-admin.ts";
import type {
  Snapshot,
  SnapshotTable,
  TableReader,
} from "../engine/table-reader.ts";
import { RowDigest } from "../format/row-digest.ts";
import type { Logger } from "../platform/logger.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import {
  compareDigests,
  type ComparedTable,
  type FoundTable,
} from "./compare-digests.ts";
import { digestFold } from "./digest-fold.ts";
import { planRestore, type RestorePlan } from "./plan-restore.ts";

const SNAPSHOT_TIMEOUT_MS = 60_000;
const ARCHIVE_TIMEOUT_MS = 2 * 60_000;
/** How often a source is read whose tables are truncated or altered meanwhile. */
const ROUNDS = 3;

export interface VerifyAgainstOptions {
  readonly catalog: Catalog;
  readonly store: ObjectStore;
  /** Exists, and belongs to this process. */
  readonly workFolder: string;
  readonly memoryBytes: number;
  /** How many tables of the database are read at once. */
  readonly streams: number;
  readonly onProgress: (rows: number) => void;
}

export interface Comparison {
  readonly at: ArchivedCommit;
  readonly tables: readonly ComparedTable[];
}

/**
 * The live source at a position taken now against the archive's fold at that position. The source is read first, and let go
 * before the archive is waited for, so that the snapshot holds back no vacuum meanwhile.
 */
export async function verifyAgainstSource(
  options: VerifyAgainstOptions & {
    readonly reader: TableReader;
    readonly admin: SourceAdmin;
    readonly logger: Logger;
  },
  signal: AbortSignal,
): Promise<Comparison> {
  const { catalog, store, workFolder, admin } = options;
  const { position, tables } = await digestSource(options, signal);
  // A transaction behind the position makes the archiver write out everything up to it.
  await admin.heartbeat("verify", signal);
  await waitForArchive(
    {
      ...{ catalog, position, timeoutMs: ARCHIVE_TIMEOUT_MS },
      logger: options.logger,
    },
    signal,
  );
  const reading = { state: catalog.state, store, workFolder };
  const at = await findLastCommit(reading, byPosition(position), signal);
  const plan = planWhole(catalog, at);
  return {
    at,
    tables: compareDigests(await fold(options, { plan }, signal), tables),
  };
}

/** A database that stands still against the fold at a point, or against what a mapping makes of it. */
export async function verifyAgainstTarget(
  options: VerifyAgainstOptions & {
    readonly target: RestoreTarget;
    readonly at: ArchivedCommit;
    /** By the definitions of `planWhole`. */
    readonly mapping?: Mapping | undefined;
  },
  signal: AbortSignal,
): Promise<Comparison> {
  const { target, at, mapping } = options;
  const plan = planWhole(options.catalog, at);
  const folded = await fold(options, { plan, mapping }, signal);
  const found = new Map<TableId, FoundTable>();
  await inParallel(options.streams, folded, async ({ table, label }) => {
    try {
      const digest = await target.digest(table, signal);
      found.set(table.table, { label, ...digest });
    } catch (error) {
      // A table that is not there, or has other columns, is a difference and hides no other.
      if (!hasCode(error, "STATEMENT_FAILED")) throw error;
      const why = (error as TidemarkError).message;
      found.set(table.table, { label, why });
    }
  });
  return { at, tables: compareDigests(folded, found) };
}

/** What a restore of all tables at that commit would do. */
export function planWhole(
  { state }: Pick<Catalog, "state">,
  at: ArchivedCommit,
): RestorePlan {
  const all = { at, tables: undefined };
  return planRestore(state, new TableHistories(state), all);
}

function fold(
  options: VerifyAgainstOptions,
  what: { readonly plan: RestorePlan; readonly mapping?: Mapping | undefined },
  signal: AbortSignal,
) {
  const { catalog, store, workFolder } = options;
  const archive = { state: catalog.state, store, workFolder };
  return digestFold({ ...options, ...what, archive }, signal);
}

interface DigestedSource {
  readonly position: Position;
  readonly tables: ReadonlyMap<TableId, FoundTable>;
}

async function digestSource(
  {
    catalog,
    reader,
    streams,
  }: VerifyAgainstOptions & { readonly reader: TableReader },
  signal: AbortSignal,
): Promise<DigestedSource> {
  for (let round = 1; ; round++) {
    await using snapshot = await reader.openSnapshot(
      { streams, timeoutMs: SNAPSHOT_TIMEOUT_MS },
      signal,
    );
    requireSameSource(catalog.state.source, snapshot.identity);
    const tables = new Map<TableId, FoundTable>();
    let disturbed = false;
    await inParallel(streams, snapshot.tables, async (table) => {
      const found = await digestTable(snapshot, table, signal);
      disturbed ||= "why" in found;
      tables.set(table.table, found);
    });
    if (!disturbed || round === ROUNDS)
      return { position: snapshot.position, tables };
  }
}

async function digestTable(
  snapshot: Snapshot,
  table: SnapshotTable,
  signal: AbortSignal,
): Promise<FoundTable> {
  const label = tableLabel(table);
  const digested = await readUndisturbed(
    { snapshot, table },
    async () => {
      const digest = new RowDigest();
      for await (const chunk of snapshot.rows(table, signal)) digest.add(chunk);
      return digest.finish();
    },
    signal,
  );
  return "read" in digested
    ? { label, ...digested.read }
    : { label, why: `could not be read: ${digested.disturbance} meanwhile` };
}

async function inParallel<T>(
  streams: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const next = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift())
      await work(item);
  };
  await Promise.all(Array.from({ length: streams }, next));
}
