import type { ArchiveReading } from "../archive/find-commit.ts";
import type { TableBase } from "../archive/manifest.ts";
import { tableLabel, type TableId } from "../core/shape.ts";
import type {
  RestoreTarget,
  TableDigest,
  TargetTable,
} from "../engine/restore-target.ts";
import { foldTable } from "../fold/fold-table.ts";
import type { NetChange } from "../fold/net-change.ts";
import { RowDigest } from "../format/row-digest.ts";
import type { RestorePlan } from "./plan-restore.ts";
import { readBaseRows } from "./read-base-rows.ts";
import { shapeOfBase } from "./shape-of-base.ts";

export interface LoadedTable extends TableDigest {
  readonly target: TargetTable;
  readonly label: string;
}

export interface LoadOptions {
  readonly archive: ArchiveReading;
  readonly plan: RestorePlan;
  readonly target: RestoreTarget;
  readonly streams: number;
  readonly bases: ReadonlyMap<TableId, TableBase>;
  readonly netChange: NetChange;
  /** Steps of the ledger that an earlier run finished. */
  readonly done: ReadonlySet<string>;
  readonly tell: (done: number, of: number, unit: "bytes") => void;
}

/** Base ⊕ changes into the target, several tables at once, the largest first; with the digest of what was sent. */
export async function loadTables(
  options: LoadOptions,
  signal: AbortSignal,
): Promise<readonly LoadedTable[]> {
  const { plan, bases } = options;
  const waiting = plan.tables
    .map((table) => requireBase(bases, table.table))
    .sort((a, b) => rawBytes(b) - rawBytes(a));
  const of = waiting.reduce((sum, base) => sum + rawBytes(base), 0);
  let sent = 0;
  const loaded: LoadedTable[] = [];
  const next = async (): Promise<void> => {
    for (
      let base = waiting.shift();
      base !== undefined;
      base = waiting.shift()
    ) {
      const onBytes = (bytes: number) => {
        sent += bytes;
        options.tell(sent, Math.max(of, sent), "bytes");
      };
      loaded.push(await loadTable(options, { base, onBytes }, signal));
    }
  };
  await Promise.all(Array.from({ length: options.streams }, next));
  return loaded;
}

async function loadTable(
  options: LoadOptions,
  {
    base,
    onBytes,
  }: { readonly base: TableBase; readonly onBytes: (bytes: number) => void },
  signal: AbortSignal,
): Promise<LoadedTable> {
  const table: TargetTable = {
    table: base.table,
    namespace: base.namespace,
    name: base.name,
    shape: shapeOfBase(base),
  };
  const digest = new RowDigest();
  const folded = foldTable(
    options.netChange,
    base.table,
    readBaseRows(options.archive.store, base, signal),
  );
  const rows = digesting(folded.rows, (chunk) => {
    digest.add(chunk);
    onBytes(chunk.length);
  });
  if (options.done.has(options.target.loadStep(base.table))) {
    // An earlier run loaded it: only what it must be is computed again.
    for await (const chunk of rows) {
      void chunk;
      signal.throwIfAborted();
    }
  } else {
    await options.target.load(table, rows, signal);
  }
  return { target: table, label: tableLabel(table), ...digest.finish() };
}

async function* digesting(
  rows: AsyncIterable<Buffer>,
  see: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of rows) {
    see(chunk);
    yield chunk;
  }
}

function rawBytes(base: TableBase): number {
  return base.parts.reduce((sum, part) => sum + part.rawBytes, 0);
}

export function requireBase(
  bases: ReadonlyMap<TableId, TableBase>,
  table: TableId,
): TableBase {
  const base = bases.get(table);
  if (base === undefined) throw new Error(`no base of table ${table} was read`);
  return base;
}
