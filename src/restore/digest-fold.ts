import type { ArchiveReading } from "../archive/find-commit.ts";
import { tableLabel } from "../core/shape.ts";
import type { Mapping } from "../engine/mapping.ts";
import type { TableDigest, TargetTable } from "../engine/restore-target.ts";
import type { Fold } from "../fold/fold.ts";
import { foldSegments } from "./fold-segments.ts";
import { Folds } from "./open-folds.ts";
import type { RestorePlan } from "./plan-restore.ts";
import { readPlannedBases, requireBase } from "./planned-bases.ts";
import { readBaseRows } from "./read-base-rows.ts";
import { sentAs } from "./sent-rows.ts";
import { targetTable } from "./target-table.ts";

export interface FoldedDigest extends TableDigest {
  readonly table: TargetTable;
  readonly label: string;
}

export interface DigestFoldOptions {
  readonly archive: ArchiveReading;
  readonly plan: RestorePlan;
  /** Into an engine of another kind. */
  readonly mapping?: Mapping | undefined;
  readonly memoryBytes: number;
  readonly streams: number;
  readonly onProgress: (rows: number) => void;
}

/** What a restore of the plan would load, folded and digested without loading it. */
export async function digestFold(
  options: DigestFoldOptions,
  signal: AbortSignal,
): Promise<readonly FoldedDigest[]> {
  const { plan, archive } = options;
  const { store, workFolder } = archive;
  const bases = await readPlannedBases(store, plan, signal);
  await using folds = new Folds({ ...options, bases, workFolder });
  await foldSegments(
    {
      ...{ archive, folds: folds.all },
      segments: plan.segments,
      onSegment: () => undefined,
    },
    signal,
  );
  let rows = 0;
  const digestTables = async (fold: Fold): Promise<FoldedDigest[]> => {
    const digests: FoldedDigest[] = [];
    for (const id of fold.tables) {
      const line = requireBase(bases, id);
      const folded = fold.join(id, readBaseRows(store, line, signal));
      const sent = sentAs(targetTable(line), options.mapping);
      for await (const _chunk of sent.convert(folded.rows))
        signal.throwIfAborted();
      const found = sent.digest() ?? folded.digest();
      const { target } = sent;
      digests.push({ table: target, label: tableLabel(target), ...found });
      options.onProgress((rows += found.rows));
    }
    return digests;
  };
  return (await Promise.all(folds.all.map(digestTables))).flat();
}
