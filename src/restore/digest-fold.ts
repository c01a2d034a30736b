import type { ArchiveReading } from "../archive/find-commit.ts";
import { tableLabel } from "../core/shape.ts";
import type { TableDigest, TargetTable } from "../engine/restore-target.ts";
import { foldTable } from "../fold/fold-table.ts";
import { createNetChange } from "../fold/net-change.ts";
import { RowDigest } from "../format/row-digest.ts";
import { foldSegments } from "./fold-segments.ts";
import { requireBase } from "./load-tables.ts";
import type { RestorePlan } from "./plan-restore.ts";
import { readPlannedBases } from "./planned-bases.ts";
import { readBaseRows } from "./read-base-rows.ts";
import { shapeOfBase } from "./shape-of-base.ts";

export interface FoldedDigest extends TableDigest {
  readonly table: TargetTable;
  readonly label: string;
}

export interface DigestFoldOptions {
  readonly archive: ArchiveReading;
  readonly plan: RestorePlan;
  readonly memoryBytes: number;
  readonly onProgress: (rows: number) => void;
}

/** What a restore of the plan would load, folded and digested without loading it. */
export async function digestFold(
  options: DigestFoldOptions,
  signal: AbortSignal,
): Promise<readonly FoldedDigest[]> {
  const { plan, archive, memoryBytes } = options;
  const { store, workFolder } = archive;
  const bases = await readPlannedBases(store, plan, signal);
  const lines = plan.tables.map(({ table }) => requireBase(bases, table));
  using netChange = createNetChange({
    memoryBytes,
    workFolder,
    tables: lines.map((line) => ({
      shape: shapeOfBase(line),
      baseSeq: line.seq,
      throughSeq: plan.seq,
    })),
  });
  await foldSegments(
    {
      ...{ store, workFolder, netChange },
      segments: plan.segments,
      throughSeq: plan.seq,
      onSegment: () => undefined,
    },
    signal,
  );
  const digests: FoldedDigest[] = [];
  let rows = 0;
  for (const line of lines) {
    const digest = new RowDigest();
    const folded = foldTable(
      netChange,
      line.table,
      readBaseRows(store, line, signal),
    );
    for await (const chunk of folded.rows) {
      signal.throwIfAborted();
      digest.add(chunk);
    }
    const { table, namespace, name } = line;
    const found = digest.finish();
    digests.push({
      table: { table, namespace, name, shape: shapeOfBase(line) },
      label: tableLabel(line),
      ...found,
    });
    options.onProgress((rows += found.rows));
  }
  return digests;
}
