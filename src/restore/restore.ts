import { randomBytes } from "node:crypto";
import type { ArchiveReading } from "../archive/find-commit.ts";
import { readDocument } from "../archive/base-documents.ts";
import type { Definitions } from "../engine/definitions.ts";
import type { Mapping } from "../engine/mapping.ts";
import type { RestoreTarget, TableDigest } from "../engine/restore-target.ts";
import { failpoint } from "../platform/failpoints.ts";
import type { Logger } from "../platform/logger.ts";
import { checkTarget, type ProtectedSource } from "./check-target.ts";
import { foldSegments } from "./fold-segments.ts";
import { loadTables } from "./load-tables.ts";
import { Folds } from "./open-folds.ts";
import type { RestorePlan } from "./plan-restore.ts";
import { readPlannedBases } from "./planned-bases.ts";
import { sequenceValues } from "./sequence-values.ts";
import { selectForRestore } from "./select-for-restore.ts";
import { verifyTables } from "./verify-tables.ts";

export const RESTORE_FAILPOINTS = [
  "restore.begun",
  "restore.structure-made",
  "restore.loaded",
  "restore.keys-made",
  "restore.verified",
  "restore.rest-made",
  "restore.completed",
  "restore.reported",
] as const;

export type RestorePhase =
  "structure" | "fold" | "load" | "keys" | "foreign-keys" | "rest" | "verify";

export interface RestoreOptions {
  readonly archive: ArchiveReading;
  readonly plan: RestorePlan;
  /** Only some tables were asked for. */
  readonly partial: boolean;
  readonly target: RestoreTarget;
  /** Where the target is of another kind than the source: see map-restore.ts. */
  readonly mapping?: Mapping | undefined;
  /** Databases that must not be written to: the configured sources. */
  readonly sources: readonly ProtectedSource[];
  readonly memoryBytes: number;
  /** Tables that are folded and loaded at the same time. */
  readonly streams: number;
  readonly logger: Logger;
  readonly onProgress: (progress: RestoreProgress) => void;
}

export interface RestoreProgress {
  readonly phase: RestorePhase;
  readonly done: number;
  readonly of: number;
  readonly unit: "bytes" | "rows" | "objects" | "tables" | "segments";
}

export interface RestoredTable extends TableDigest {
  readonly table: string;
}

export interface RestoreReport {
  /** As its entry in the catalog has it: a run that repeats the report finds by it whether that was written. */
  readonly id: string;
  readonly seq: number;
  readonly position: string;
  readonly tables: readonly RestoredTable[];
  readonly rows: number;
  readonly changes: {
    readonly folded: number;
    readonly keys: number;
    readonly bytes: number;
  };
  /** Milliseconds per phase. */
  readonly phases: Readonly<Partial<Record<RestorePhase, number>>>;
  /** First what could not be made, or not as it was, then what this kind of restore leaves out. */
  readonly notRestored: readonly string[];
  readonly resumed: boolean;
  /** An earlier run finished it and was killed before it could say so: all else is what that one had to say. */
  readonly alreadyRestored: boolean;
}

/**
 * Base ⊕ changes, loaded once. Order of durability: the plan's hash in the target → structure → each table in one transaction with
 * its entry in the ledger → keys → read back and compared → the rest → the report in the ledger; whoever called enters it in the
 * catalog by its id, gives the report to whoever asked, and drops the ledger last of all. A crash anywhere before that leaves a
 * target that the same restore resumes, or reports again, and that no other touches.
 */
export async function restore(
  options: RestoreOptions,
  signal: AbortSignal,
): Promise<RestoreReport> {
  const { archive, plan, target, mapping } = options;
  const state = await checkTarget(
    { ...options, source: archive.state.source },
    signal,
  );
  const bases = await readPlannedBases(archive.store, plan, signal);
  const stored = (await readDocument(
    archive.store,
    plan.definitions.definitions,
    signal,
  )) as Definitions;
  const selected = selectForRestore(stored, options);
  const definitions = mapping?.definitions ?? selected.definitions;
  const leftOut = mapping?.remarks ?? selected.leftOut;
  const phases = new Phases(options.onProgress);
  const { done, report: given } = await target.begin(
    { planHash: plan.hash, definitions },
    signal,
  );
  if (given !== undefined)
    return { ...(JSON.parse(given) as RestoreReport), alreadyRestored: true };
  failpoint("restore.begun");
  const failures: string[] = [];
  const runSchema = async (
    phase: "structure" | "keys" | "foreign-keys" | "rest",
  ) => {
    failures.push(
      ...(await phases.run(phase, (tell) =>
        target.runSchema(
          {
            definitions,
            phase,
            streams: options.streams,
            onProgress: (n, of) => tell(n, of, "objects"),
          },
          signal,
        ),
      )),
    );
  };
  await runSchema("structure");
  failpoint("restore.structure-made");
  const { workFolder } = archive;
  await using folds = new Folds({ ...options, bases, workFolder });
  await phases.run("fold", (tell) =>
    foldSegments(
      {
        ...{ archive, folds: folds.all },
        segments: plan.segments,
        onSegment: (n) => tell(n, plan.segments.length, "segments"),
      },
      signal,
    ),
  );
  const { readings, ...changes } = await folds.summary();
  const loaded = await phases.run("load", (tell) =>
    loadTables({ ...options, bases, folds: folds.all, done, tell }, signal),
  );
  failpoint("restore.loaded");
  await runSchema("keys");
  await runSchema("foreign-keys");
  const values = sequenceValues(selected.definitions, readings);
  await target.finishSequences(mapping?.sequences(values) ?? values, signal);
  failpoint("restore.keys-made");
  // Before policies exist, which may hide rows from the role that restores; nothing in `rest` writes rows of tables.
  const tables = await phases.run("verify", (tell) =>
    verifyTables({ ...options, loaded, tell }, signal),
  );
  failpoint("restore.verified");
  await runSchema("rest");
  failpoint("restore.rest-made");
  const report: RestoreReport = {
    id: randomBytes(16).toString("hex"),
    seq: plan.seq,
    position: plan.position,
    tables,
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    changes,
    phases: phases.ms,
    notRestored: [...failures, ...leftOut],
    resumed: state.planHash !== undefined,
    alreadyRestored: false,
  };
  await target.complete(JSON.stringify(report), signal);
  failpoint("restore.completed");
  return report;
}

/** Times each phase and passes its progress on. */
class Phases {
  readonly ms: Partial<Record<RestorePhase, number>> = {};
  private readonly onProgress: RestoreOptions["onProgress"];

  constructor(onProgress: RestoreOptions["onProgress"]) {
    this.onProgress = onProgress;
  }

  async run<T>(
    phase: RestorePhase,
    work: (
      tell: (done: number, of: number, unit: RestoreProgress["unit"]) => void,
    ) => Promise<T>,
  ): Promise<T> {
    const startedMs = performance.now();
    const result = await work((done, of, unit) =>
      this.onProgress({ phase, done, of, unit }),
    );
    this.ms[phase] = Math.round(performance.now() - startedMs);
    return result;
  }
}
