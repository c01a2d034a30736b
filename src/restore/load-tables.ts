import type { ArchiveReading } from "../archive/find-commit.ts";
import type { TableBase } from "../archive/manifest.ts";
import { tableLabel, type TableId } from "../core/shape.ts";
import type { Mapping } from "../engine/mapping.ts";
import type {
  RestoreTarget,
  TableDigest,
  TargetTable,
} from "../engine/restore-target.ts";
import type { Fold } from "../fold/fold.ts";
import { requireBase } from "./planned-bases.ts";
import { readBaseRows } from "./read-base-rows.ts";
import { sentAs } from "./sent-rows.ts";
import { targetTable } from "./target-table.ts";

export interface LoadedTable extends TableDigest {
  readonly target: TargetTable;
  readonly label: string;
}

export interface LoadOptions {
  readonly archive: ArchiveReading;
  readonly target: RestoreTarget;
  readonly mapping?: Mapping | undefined;
  /** Tables that are loaded at the same time; at least one of each fold. */
  readonly streams: number;
  readonly bases: ReadonlyMap<TableId, TableBase>;
  readonly folds: readonly Fold[];
  /** Steps of the ledger that an earlier run finished. */
  readonly done: ReadonlySet<string>;
  readonly tell: (done: number, of: number, unit: "bytes") => void;
}

/** Base ⊕ changes into the target, several tables at once, the largest first; with the digest of what was sent. */
export async function loadTables(
  options: LoadOptions,
  signal: AbortSignal,
): Promise<readonly LoadedTable[]> {
  const { folds, streams, bases } = options;
  const of = folds
    .flatMap(({ tables }) => [...tables])
    .reduce((sum, table) => sum + rawBytes(requireBase(bases, table)), 0);
  let sent = 0;
  const onBytes = (bytes: number) => {
    sent += bytes;
    options.tell(sent, Math.max(of, sent), "bytes");
  };
  const loaded: LoadedTable[] = [];
  const works = folds.flatMap((fold, n) => {
    const waiting = [...fold.tables]
      .map((table) => requireBase(bases, table))
      .sort((a, b) => rawBytes(b) - rawBytes(a));
    const next = async (): Promise<void> => {
      for (
        let base = waiting.shift();
        base !== undefined;
        base = waiting.shift()
      )
        loaded.push(await loadTable(options, { fold, base, onBytes }, signal));
    };
    return Array.from({ length: share(streams, folds.length, n) }, next);
  });
  await Promise.all(works);
  return loaded;
}

/** The n-th of so many equal shares, each at least one. */
function share(whole: number, shares: number, n: number): number {
  return Math.max(1, Math.floor((whole + shares - 1 - n) / shares));
}

async function loadTable(
  options: LoadOptions,
  work: {
    readonly fold: Fold;
    readonly base: TableBase;
    readonly onBytes: (bytes: number) => void;
  },
  signal: AbortSignal,
): Promise<LoadedTable> {
  const { base, onBytes } = work;
  const folded = work.fold.join(
    base.table,
    readBaseRows(options.archive.store, base, signal),
  );
  const sent = sentAs(targetTable(base), options.mapping);
  const { target } = sent;
  const rows = sent.convert(counted(folded.rows, onBytes));
  if (options.done.has(options.target.loadStep(base.table))) {
    // An earlier run loaded it: only what it must be is computed again.
    for await (const _chunk of rows) signal.throwIfAborted();
  } else {
    await options.target.load(target, rows, signal);
  }
  const digest = sent.digest() ?? folded.digest();
  return { target, label: tableLabel(target), ...digest };
}

async function* counted(
  rows: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of rows) {
    onBytes(chunk.length);
    yield chunk;
  }
}

function rawBytes(base: TableBase): number {
  return base.parts.reduce((sum, part) => sum + part.rawBytes, 0);
}
