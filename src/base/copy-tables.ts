import { rm } from "node:fs/promises";
import { join } from "node:path";
import { encodeDocument } from "../archive/base-documents.ts";
import { baseCopyKey, basePartKey } from "../archive/keys.ts";
import type { TableBase } from "../archive/manifest.ts";
import { formatPosition } from "../core/position.ts";
import { tableLabel } from "../core/shape.ts";
import { readUndisturbed } from "../engine/read-undisturbed.ts";
import type { Snapshot, SnapshotTable } from "../engine/table-reader.ts";
import { RowDigest } from "../format/row-digest.ts";
import { failpoint } from "../platform/failpoints.ts";
import type { BaseWork, TableCopy } from "./base-work.ts";
import { spoolTable } from "./table-spool.ts";

export interface CopyRound {
  readonly snapshot: Snapshot;
  /** Of the snapshot: the last transaction that it sees. */
  readonly seq: number;
  readonly attempt: number;
  readonly tables: readonly SnapshotTable[];
}

/** Why a copy is none. */
export interface Disturbance {
  readonly table: string;
  readonly why: string;
}

/**
 * Copies tables, the largest first, several at once. Each whole copy leaves a document in the store, so that after a crash it need not
 * be made again: parts first, then the document.
 */
export async function copyTables(
  work: BaseWork,
  round: CopyRound,
  signal: AbortSignal,
): Promise<{
  readonly copies: readonly TableCopy[];
  readonly disturbances: readonly Disturbance[];
}> {
  const waiting = [...round.tables].sort(
    (a, b) => b.estimatedBytes - a.estimatedBytes,
  );
  const ofBytes = waiting.reduce((sum, table) => sum + table.estimatedBytes, 0);
  let bytes = 0;
  const copies: TableCopy[] = [];
  const disturbances: Disturbance[] = [];
  const next = async (): Promise<void> => {
    for (
      let table = waiting.shift();
      table !== undefined;
      table = waiting.shift()
    ) {
      const label = tableLabel(table);
      const onBytes = (more: number) => {
        bytes += more;
        work.onProgress?.({ bytes, ofBytes, table: label });
      };
      const from = { ...round, table, onBytes };
      const copied = await readUndisturbed(
        from,
        () => copyTable(work, from, signal),
        signal,
      );
      if ("disturbance" in copied) {
        disturbances.push({ table: label, why: copied.disturbance });
        continue;
      }
      const end = await work.admin.currentPosition(signal);
      const copy: TableCopy = {
        format: 1,
        table: copied.read,
        endPosition: formatPosition(end),
      };
      await saveCopy(work, { copy, attempt: round.attempt }, signal);
      copies.push(copy);
    }
  };
  await Promise.all(Array.from({ length: work.streams }, next));
  return { copies, disturbances };
}

async function copyTable(
  work: BaseWork,
  from: CopyRound & {
    readonly table: SnapshotTable;
    readonly onBytes: (bytes: number) => void;
  },
  signal: AbortSignal,
): Promise<TableBase> {
  const { table, snapshot, attempt } = from;
  const name = { base: work.base, table: table.table, attempt };
  const digest = new RowDigest();
  const parts: TableBase["parts"][number][] = [];
  const spooled = spoolTable(snapshot.rows(table, signal), {
    digest,
    pathOf: (part) =>
      join(work.folder, `${attempt}-${table.table}-${part}.zst`),
  });
  for await (const { path, ...part } of spooled) {
    const key = basePartKey(work.source, { ...name, part: parts.length });
    await work.store.create(
      key,
      { kind: "file", path, sizeBytes: part.bytes, sha256: part.sha256 },
      signal,
    );
    failpoint("base.part-written");
    await work.keepIntent(signal);
    await rm(path);
    parts.push({ key, ...part });
    from.onBytes(part.rawBytes);
  }
  const { rows, digest: sum } = digest.finish();
  return {
    engine: table.shape.engine,
    table: table.table,
    shape: table.shape.id,
    namespace: table.namespace,
    name: table.name,
    identity: table.shape.identity,
    seq: from.seq,
    position: formatPosition(snapshot.position),
    storage: table.storage,
    dialect: "postgres-copy",
    columns: table.shape.columns,
    rows,
    digest: sum,
    parts,
  };
}

async function saveCopy(
  work: BaseWork,
  { copy, attempt }: { readonly copy: TableCopy; readonly attempt: number },
  signal: AbortSignal,
): Promise<void> {
  const key = baseCopyKey(work.source, {
    base: work.base,
    table: copy.table.table,
    attempt,
  });
  await work.store.create(
    key,
    { kind: "bytes", bytes: encodeDocument(copy) },
    signal,
  );
  failpoint("base.copy-written");
}
