import { hash, randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BaseAct, StoredObject } from "../archive/acts.ts";
import { encodeDocument, encodeManifest } from "../archive/base-documents.ts";
import type { Catalog } from "../archive/catalog.ts";
import { byPosition, findLastCommit } from "../archive/find-commit.ts";
import {
  definitionsKey,
  manifestKey,
  basePartKey,
  basePrefix,
} from "../archive/keys.ts";
import type { TableBase } from "../archive/manifest.ts";
import { TableHistories } from "../archive/table-history.ts";
import { TidemarkError } from "../core/errors.ts";
import { formatInstant } from "../core/instant.ts";
import { formatPosition, type Position } from "../core/position.ts";
import { tableLabel } from "../core/shape.ts";
import type { SourceName } from "../core/source-name.ts";
import type { SourceAdmin } from "../engine/source-admin.ts";
import type {
  Snapshot,
  SnapshotTable,
  TableReader,
} from "../engine/table-reader.ts";
import { RowDigest } from "../format/row-digest.ts";
import type { Clock } from "../platform/clock.ts";
import { failpoint } from "../platform/failpoints.ts";
import type { Logger } from "../platform/logger.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { archivedDisturbance, planBase, type BaseScope } from "./plan-base.ts";
import { spoolTable } from "./table-spool.ts";
import { waitForArchive } from "../archive/wait-for-archive.ts";

export const BASE_FAILPOINTS = [
  "base.intent-written",
  "base.part-written",
  "base.tables-copied",
  "base.manifest-written",
  "base.entry-written",
] as const;

/** How often a table that changes under its copy is copied again. */
const ROUNDS = 5;
const SNAPSHOT_TIMEOUT_MS = 60_000;
const ARCHIVE_TIMEOUT_MS = 10 * 60_000;
/** Objects of a base that never got its entry are swept after this. */
const INTENT_MICROS = 24n * 3600n * 1_000_000n;

export interface TakeBaseOptions {
  readonly source: SourceName;
  readonly incarnation: number;
  readonly catalog: Catalog;
  readonly store: ObjectStore;
  readonly reader: TableReader;
  readonly admin: SourceAdmin;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly workFolder: string;
  readonly scope: BaseScope;
  readonly streams: number;
  readonly onProgress?: (progress: BaseProgress) => void;
}

export interface BaseProgress {
  readonly bytes: number;
  readonly ofBytes: number;
  readonly table: string;
}

/** Copies that stand: the archive shows that nothing happened to the table under its COPY. */
interface Copied {
  readonly table: SnapshotTable;
  readonly base: TableBase;
}

/**
 * A live base while writers write. Order of durability: intent → parts → the archive has passed the end of the copies and shows
 * that no copy was disturbed → manifest and definitions → the `base` entry. A crash before the entry leaves objects that no
 * entry names; the sweep takes them when the intent has run out.
 */
export async function takeBase(
  options: TakeBaseOptions,
  signal: AbortSignal,
): Promise<BaseAct> {
  const { source, catalog, clock, store } = options;
  const startedAt = clock.now();
  const base = `${formatInstant(startedAt).replace(/[-:]|\.\d+/g, "")}-${randomBytes(4).toString("hex")}`;
  const prefix = basePrefix(source, base);
  await catalog.append(
    {
      act: "intent",
      work: "base",
      prefix,
      expiresAt: formatInstant(startedAt + INTENT_MICROS),
    },
    signal,
  );
  failpoint("base.intent-written");
  const folder = join(options.workFolder, base);
  await mkdir(folder, { recursive: true });
  try {
    const settled = await settle({ ...options, base, folder }, signal);
    failpoint("base.tables-copied");
    const manifest = await put(
      store,
      { key: manifestKey(source, base), bytes: encodeManifest(settled.tables) },
      signal,
    );
    const definitions = await put(
      store,
      {
        key: definitionsKey(source, base),
        bytes: encodeDocument(settled.snapshot.definitions),
      },
      signal,
    );
    failpoint("base.manifest-written");
    await checkObjects(
      store,
      [manifest, definitions, ...settled.tables.flatMap((t) => t.parts)],
      signal,
    );
    const act: BaseAct = {
      act: "base",
      base,
      kind: "live",
      incarnation: options.incarnation,
      manifest,
      definitions: {
        ...definitions,
        seq: settled.seq,
        position: formatPosition(settled.snapshot.position),
        tables: settled.snapshot.tables.map((table) => table.table),
      },
      ...summarize(settled.tables, settled.seq),
      startedAt: formatInstant(startedAt),
      finishedAt: formatInstant(clock.now()),
    };
    await catalog.append(act, signal);
    failpoint("base.entry-written");
    return act;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Work = TakeBaseOptions & {
  readonly base: string;
  readonly folder: string;
};

interface Settled {
  readonly snapshot: Pick<Snapshot, "definitions" | "position" | "tables">;
  readonly seq: number;
  readonly tables: readonly TableBase[];
}

/** Copies until every table's copy and the definitions stand; undisturbed copies of earlier rounds keep their own seq. */
async function settle(work: Work, signal: AbortSignal): Promise<Settled> {
  const kept = new Map<number, Copied>();
  let last = "";
  for (let round = 0; round < ROUNDS; round++) {
    await using snapshot = await work.reader.openSnapshot(
      { streams: work.streams, timeoutMs: SNAPSHOT_TIMEOUT_MS },
      signal,
    );
    const seq = await archivedSeq(work, snapshot.position, signal);
    const planned = planBase(
      work.catalog.state,
      { seq, tables: snapshot.tables },
      work.scope,
    ).filter(
      (table) => kept.get(table.table)?.table.shape.id !== table.shape.id,
    );
    const copied = await copyTables(
      { ...work, round, seq },
      { snapshot, planned },
      signal,
    );
    const endSeq = await archivedSeq(
      work,
      await work.admin.currentPosition(signal),
      signal,
    );
    for (const copy of copied) kept.set(copy.table.table, copy);
    const disturbances: string[] = [];
    for (const [id, copy] of kept) {
      const why =
        (await snapshot.disturbance(copy.table, signal)) ??
        archivedDisturbance(work.catalog.state, {
          table: id,
          afterSeq: copy.base.seq,
          throughSeq: endSeq,
        });
      if (why === undefined) continue;
      kept.delete(id);
      disturbances.push(`${tableLabel(copy.table)}: ${why}`);
    }
    const histories = new TableHistories(work.catalog.state);
    if (!histories.sameDefinitions(seq, endSeq))
      disturbances.push("definitions were changed");
    if (disturbances.length === 0) {
      const { definitions, position, tables } = snapshot;
      return {
        snapshot: { definitions, position, tables },
        seq,
        tables: [...kept.values()].map((copy) => copy.base),
      };
    }
    last = disturbances.join("; ");
    work.logger.info(
      { source: work.source, round, disturbances },
      "copied again",
    );
  }
  throw new TidemarkError(
    "BASE_UNSETTLED",
    `tables changed under ${ROUNDS} copies: ${last}`,
    {
      hint: "take the base when no TRUNCATE or DDL runs",
    },
  );
}

/** The last transaction that ends at or before `position`, once the archive has passed it. */
async function archivedSeq(
  work: Work,
  position: Position,
  signal: AbortSignal,
): Promise<number> {
  // A transaction behind the position makes the archiver write out everything up to it.
  await work.admin.heartbeat("base", signal);
  await waitForArchive(
    { catalog: work.catalog, position, timeoutMs: ARCHIVE_TIMEOUT_MS },
    signal,
  );
  const commit = await findLastCommit(
    {
      state: work.catalog.state,
      store: work.store,
      workFolder: work.workFolder,
    },
    byPosition(position),
    signal,
  );
  return commit.seq;
}

async function copyTables(
  work: Work & { readonly round: number; readonly seq: number },
  from: {
    readonly snapshot: Snapshot;
    readonly planned: readonly SnapshotTable[];
  },
  signal: AbortSignal,
): Promise<Copied[]> {
  const copied: Copied[] = [];
  const waiting = [...from.planned].sort(
    (a, b) => b.estimatedBytes - a.estimatedBytes,
  );
  const ofBytes = waiting.reduce((sum, table) => sum + table.estimatedBytes, 0);
  let bytes = 0;
  const next = async (): Promise<void> => {
    for (
      let table = waiting.shift();
      table !== undefined;
      table = waiting.shift()
    ) {
      const label = tableLabel(table);
      const base = await copyTable(
        work,
        { snapshot: from.snapshot, table },
        {
          signal,
          onBytes: (more) => {
            bytes += more;
            work.onProgress?.({ bytes, ofBytes, table: label });
          },
        },
      );
      copied.push({ table, base });
    }
  };
  await Promise.all(Array.from({ length: work.streams }, next));
  return copied;
}

async function copyTable(
  work: Work & { readonly round: number; readonly seq: number },
  from: { readonly snapshot: Snapshot; readonly table: SnapshotTable },
  how: {
    readonly signal: AbortSignal;
    readonly onBytes: (bytes: number) => void;
  },
): Promise<TableBase> {
  const { table, snapshot } = from;
  const digest = new RowDigest();
  const parts: TableBase["parts"][number][] = [];
  const spooled = spoolTable(snapshot.rows(table, how.signal), {
    digest,
    pathOf: (part) =>
      join(work.folder, `${work.round}-${table.table}-${part}.zst`),
  });
  for await (const { path, ...part } of spooled) {
    const key = basePartKey(work.source, {
      base: work.base,
      table: table.table,
      // A table that is copied again leaves the parts of the disturbed copy behind: keys never repeat.
      part: work.round * 10_000 + parts.length,
    });
    await work.store.create(
      key,
      { kind: "file", path, sizeBytes: part.bytes },
      how.signal,
    );
    failpoint("base.part-written");
    await rm(path);
    parts.push({ key, ...part });
    how.onBytes(part.rawBytes);
  }
  const { rows, digest: sum } = digest.finish();
  return {
    table: table.table,
    shape: table.shape.id,
    namespace: table.namespace,
    name: table.name,
    identity: table.shape.identity,
    seq: work.seq,
    position: formatPosition(snapshot.position),
    relfilenode: table.relfilenode,
    dialect: "postgres-copy",
    columns: table.shape.columns,
    rows,
    digest: sum,
    parts,
  };
}

async function put(
  store: ObjectStore,
  object: { readonly key: string; readonly bytes: Buffer },
  signal: AbortSignal,
): Promise<StoredObject> {
  const { key, bytes } = object;
  await store.create(key, { kind: "bytes", bytes }, signal);
  return { key, bytes: bytes.length, sha256: hash("sha256", bytes) };
}

/** Before an entry names them. */
async function checkObjects(
  store: ObjectStore,
  objects: readonly StoredObject[],
  signal: AbortSignal,
): Promise<void> {
  for (const object of objects) {
    const info = await store.stat(object.key, signal);
    if (info?.sizeBytes === object.bytes) continue;
    throw new TidemarkError(
      "ARCHIVE_DAMAGED",
      `${object.key} is not in the store as it was written`,
      {
        hint: "the store loses objects: check it before anything else",
      },
    );
  }
}

function summarize(tables: readonly TableBase[], seq: number) {
  const entries = tables.map((table) => ({
    table: table.table,
    shape: table.shape,
    namespace: table.namespace,
    name: table.name,
    seq: table.seq,
    rows: table.rows,
    bytes: table.parts.reduce((sum, part) => sum + part.bytes, 0),
    rawBytes: table.parts.reduce((sum, part) => sum + part.rawBytes, 0),
  }));
  const seqs = entries.map((entry) => entry.seq);
  return {
    tables: entries,
    seq: { min: Math.min(seq, ...seqs), max: Math.max(seq, ...seqs) },
    rows: entries.reduce((sum, entry) => sum + entry.rows, 0),
    bytes: entries.reduce((sum, entry) => sum + entry.bytes, 0),
    rawBytes: entries.reduce((sum, entry) => sum + entry.rawBytes, 0),
  };
}
