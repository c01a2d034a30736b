import type { TableBase } from "../archive/manifest.ts";
import type { TableId } from "../core/shape.ts";
import type { Fold, FoldSummary } from "../fold/fold.ts";
import { FoldThread } from "../fold/fold-thread.ts";
import { LocalFold } from "../fold/local-fold.ts";
import { planFolds } from "./plan-folds.ts";
import type { RestorePlan } from "./plan-restore.ts";
import { requireBase } from "./planned-bases.ts";
import { shapeOfBase } from "./shape-of-base.ts";

/** A thread with less memory would rather write to the disk than fold. */
const THREAD_BYTES = 64 * 1024 * 1024;

export interface FoldsOptions {
  readonly plan: RestorePlan;
  readonly bases: ReadonlyMap<TableId, TableBase>;
  /** Of all of them together. */
  readonly memoryBytes: number;
  /** How many tables may be folded at the same time. */
  readonly streams: number;
  readonly workFolder: string;
}

export interface FoldedChanges {
  readonly folded: number;
  /** Keys or rows, and the memory that they took. */
  readonly keys: number;
  readonly bytes: number;
}

/** The folds of a plan's tables, each with its share of the memory. */
export class Folds implements AsyncDisposable {
  readonly all: readonly Fold[];

  constructor(options: FoldsOptions) {
    const { plan, bases, workFolder } = options;
    // Definitions from behind the point say too much: any reading before it is nearer.
    const { seq } = plan.definitions.definitions;
    const readingsAfterSeq = seq <= plan.seq ? seq : 0;
    const affordable = Math.floor(options.memoryBytes / THREAD_BYTES);
    const groups = planFolds(plan, Math.min(options.streams, affordable));
    this.all = groups.map((tables) => {
      const fold = {
        tables: tables.map((table) => {
          const base = requireBase(bases, table);
          return {
            shape: shapeOfBase(base),
            baseSeq: base.seq,
            throughSeq: plan.seq,
          };
        }),
        memoryBytes: Math.floor(options.memoryBytes / groups.length),
        ...{ workFolder, throughSeq: plan.seq, readingsAfterSeq },
      };
      return groups.length === 1 ? new LocalFold(fold) : new FoldThread(fold);
    });
  }

  /** After the last block: what was folded, and the readings of sequences. */
  async summary(): Promise<FoldedChanges & Pick<FoldSummary, "readings">> {
    const each = await Promise.all(this.all.map((fold) => fold.summary()));
    const sum = (of: (one: FoldSummary) => number) =>
      each.reduce((total, one) => total + of(one), 0);
    return {
      folded: sum((one) => one.changes),
      keys: sum((one) => one.keys),
      bytes: sum((one) => one.bytes),
      readings: each[0]?.readings ?? new Map(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((fold) => fold[Symbol.asyncDispose]()));
  }
}
