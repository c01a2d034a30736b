import type { Config, SourceConfig } from "../../config/config.ts";
import type { DatabaseLogin } from "../../config/database-login.ts";
import { TidemarkError } from "../../core/errors.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatPoint, type Point } from "../../core/point.ts";
import type { SourceName } from "../../core/source-name.ts";
import { resolvePoint } from "../../archive/resolve-point.ts";
import type {
  ArchivedCommit,
  ArchiveReading,
} from "../../archive/find-commit.ts";
import { TableHistories } from "../../archive/table-history.ts";
import { planRestore, type RestorePlan } from "../../restore/plan-restore.ts";
import {
  restore,
  type RestoreProgress,
  type RestoreReport,
} from "../../restore/restore.ts";
import type { RestoreTarget } from "../../engine/restore-target.ts";
import type { MappedRestore } from "../../restore/map-restore.ts";
import type { ProtectedSource } from "../../restore/check-target.ts";
import type { ObjectStore } from "../../storage/object-store.ts";
import { failpoint } from "../../platform/failpoints.ts";
import { openWorkFolder } from "../../platform/work-folder.ts";
import type { CommandContext } from "../context.ts";
import type { TableName } from "../options.ts";
import { assignTargets, type Into } from "../parse-into.ts";
import { parseTarget } from "../parse-target.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPairs,
  formatTable,
} from "../terminal.ts";
import { crossesEngines, planTargetMapping } from "./plan-target-mapping.ts";
import { recordRestore } from "../record-restore.ts";
import { protectedSources } from "../protected-sources.ts";
import {
  openArchive,
  openRestoreTarget,
  openSourceAdmin,
  openSourceCatalog,
} from "../wiring.ts";

export interface RestoreCommandOptions {
  readonly at: Point;
  readonly into: readonly Into[];
  readonly table?: readonly TableName[];
  readonly memory: number;
  readonly streams: number;
  readonly intoPasswordFile?: string;
  readonly archive?: Config["archive"];
  readonly dryRun?: true;
  readonly map?: true;
}

export async function runRestore(
  options: RestoreCommandOptions & { readonly sources: readonly SourceName[] },
  context: CommandContext,
): Promise<void> {
  const [source, ...others] = options.sources;
  if (source === undefined || others.length > 0) {
    throw new TidemarkError(
      "NOT_IN_THIS_VERSION",
      "restoring several sources at once is not in this version",
      {
        hint: "restore one after the other at the same marker",
      },
    );
  }
  const { output, signal } = context;
  const login = await parseTarget(
    assignTargets([source], options.into).get(source) as string,
    {
      env: context.env,
      config: () => context.config(),
      passwordFile: options.intoPasswordFile,
    },
  );
  await using archive = await openArchive(source, options.archive, context);
  await using work = await openWorkFolder();
  const { state } = archive.catalog;
  const reading = { state, store: archive.store, workFolder: work.path };
  const at = await resolvePoint(
    reading,
    { point: options.at, now: context.clock.now() },
    signal,
  );
  const ownPlan = planRestore(state, new TableHistories(state), {
    at,
    tables: options.table?.map((table) => `${table.namespace}.${table.name}`),
  });
  const request = describeRequest(options, at);
  const partial = options.table !== undefined;
  await using target = await openRestoreTarget(login);
  const mapped = await mapWhereNeeded(
    { options, login, target, archive: reading, plan: ownPlan, partial },
    context,
  );
  const plan = mapped?.plan ?? ownPlan;
  const mapping = mapped && {
    from: state.source.engine,
    to: mapped.mapping.to,
    remarks: mapped.mapping.remarks,
  };
  if (options.dryRun) {
    output.result(
      {
        ...{ source, dryRun: true, ...request, plan: describePlan(plan) },
        ...(mapping && { mapping }),
      },
      () => printPlan(plan, at, login.label),
    );
    return;
  }
  output.note(
    `${source} at seq ${at.seq}${at.committedAt === undefined ? "" : `, committed ${formatInstant(at.committedAt)}`}, into ${login.label}`,
  );
  const startedMs = performance.now();
  const progress = phaseProgress(context);
  const report = await restore(
    {
      archive: reading,
      plan,
      partial,
      target,
      mapping: mapped?.mapping,
      sources: [
        state.source,
        ...(await configuredSources(options, archive.store, context)),
      ],
      memoryBytes: options.memory,
      streams: options.streams,
      logger: context.logger,
      onProgress: (done) => progress.tell(done),
    },
    signal,
  ).finally(() => progress[Symbol.dispose]());
  const tookMs = Math.round(performance.now() - startedMs);
  const recorded = await recordRestore(
    archive.catalog,
    { request: formatPoint(options.at), plan, report, target: login.label },
    context,
  );
  output.result(
    {
      source,
      ...request,
      target: login.label,
      tookMs,
      planHash: plan.hash,
      ...(mapping && { mapping }),
      recorded,
      report,
    },
    () => printReport(report, { label: login.label, at, tookMs, context }),
  );
  failpoint("restore.reported");
  await dropLedger(target, context);
}

async function mapWhereNeeded(
  of: {
    readonly options: RestoreCommandOptions;
    readonly login: DatabaseLogin;
    readonly target: RestoreTarget;
    readonly archive: ArchiveReading;
    readonly plan: RestorePlan;
    readonly partial: boolean;
  },
  context: CommandContext,
): Promise<MappedRestore | undefined> {
  const { options, login, archive } = of;
  if (crossesEngines(archive.state.source.engine, login))
    return planTargetMapping(
      { ...of, isWanted: options.map === true || options.dryRun === true },
      context,
    );
  if (options.map !== true) return undefined;
  throw new TidemarkError(
    "USAGE",
    `--map is for a target of another engine: ${login.label} is ${login.engine}, as the source was`,
    { hint: "leave it out" },
  );
}

function describeRequest(options: RestoreCommandOptions, at: ArchivedCommit) {
  return {
    requested: formatPoint(options.at),
    reached: {
      seq: at.seq,
      committedAt:
        at.committedAt === undefined ? null : formatInstant(at.committedAt),
      rollingHash: at.rollingHash,
    },
  };
}

function describePlan(plan: RestorePlan) {
  return {
    seq: plan.seq,
    position: plan.position,
    hash: plan.hash,
    definitions: {
      base: plan.definitions.base,
      seq: plan.definitions.definitions.seq,
    },
    tables: plan.tables.map(({ namespace, name, base }) => ({
      table: `${namespace}.${name}`,
      base: base.base.base,
      baseSeq: base.seq,
      rows: base.rows,
      bytes: base.bytes,
    })),
    segments: plan.segments.map(({ object }) => ({
      key: object.key,
      bytes: object.bytes,
    })),
    bytes: plan.bytes,
    rows: plan.rows,
  };
}

function printPlan(
  plan: RestorePlan,
  at: ArchivedCommit,
  target: string,
): string {
  return [
    formatPairs([
      ["reaches", describeReached(plan, at)],
      ["into", target],
      [
        "reads",
        `${formatBytes(plan.bytes.bases)} of bases, ${formatBytes(plan.bytes.segments)} in ${plan.segments.length} segments`,
      ],
      [
        "rows",
        `${formatCount(plan.rows.bases)} in bases, ${formatCount(plan.rows.changes)} changes to fold`,
      ],
      [
        "definitions",
        `base ${plan.definitions.base} at seq ${plan.definitions.definitions.seq}`,
      ],
    ]),
    "",
    formatTable(
      [
        { title: "table" },
        { title: "base at seq", align: "right" },
        { title: "rows", align: "right" },
        { title: "bytes", align: "right" },
      ],
      plan.tables.map(({ namespace, name, base }) => [
        `${namespace}.${name}`,
        String(base.seq),
        formatCount(base.rows),
        formatBytes(base.bytes),
      ]),
    ),
    "nothing was written",
  ].join("\n");
}

function describeReached(
  { seq, position }: { readonly seq: number; readonly position: string },
  { committedAt }: ArchivedCommit,
): string {
  const when =
    committedAt === undefined
      ? ""
      : `, committed ${formatInstant(committedAt)}`;
  return `seq ${seq}, position ${position}${when}`;
}

function printReport(
  report: RestoreReport,
  at: {
    readonly label: string;
    readonly at: ArchivedCommit;
    readonly tookMs: number;
    readonly context: CommandContext;
  },
): string {
  const { colors } = at.context.output;
  const phases = Object.entries(report.phases).map(
    ([phase, ms]) => `${phase} ${formatDuration(ms)}`,
  );
  return [
    colors.green(
      `${describeOutcome(report, at.tookMs)}: seq ${report.seq}, ${report.tables.length} tables, ${formatCount(report.rows)} rows`,
    ),
    formatPairs([
      ["reached", describeReached(report, at.at)],
      ["target", at.label],
      [
        "changes",
        `${formatCount(report.changes.folded)} folded into ${formatCount(report.changes.keys)}`,
      ],
      ["time", phases.join(" · ")],
    ]),
    ...(report.notRestored.length === 0
      ? []
      : [
          colors.yellow("not restored, or not as it was:"),
          ...report.notRestored.map((line) => `  ${line}`),
        ]),
  ].join("\n");
}

function describeOutcome(report: RestoreReport, tookMs: number): string {
  if (report.alreadyRestored)
    return "restored and verified already, by a run that was killed before it could say so";
  return `restored and verified in ${formatDuration(tookMs)}${report.resumed ? " (resumed)" : ""}`;
}

/** A bar per phase. */
function phaseProgress(context: CommandContext) {
  let phase: string | undefined;
  let bar: ReturnType<CommandContext["output"]["progress"]> | undefined;
  return {
    tell(progress: RestoreProgress): void {
      if (progress.phase !== phase) {
        bar?.[Symbol.dispose]();
        phase = progress.phase;
        const unit =
          progress.unit === "bytes" || progress.unit === "rows"
            ? progress.unit
            : "tables";
        bar = context.output.progress({
          label: progress.phase,
          unit,
          total: progress.of,
        });
      }
      bar?.update(progress.done, progress.of);
    },
    [Symbol.dispose]: () => bar?.[Symbol.dispose](),
  };
}

/** The restore is done and said: what keeps the last small thing from being removed is no failure of it. */
async function dropLedger(
  target: RestoreTarget,
  { signal, logger }: CommandContext,
): Promise<void> {
  try {
    await target.dropLedger(signal);
  } catch (error) {
    logger.warn(
      { error: String(error) },
      "the target is whole; its schema tidemark_restore could not be dropped: drop it",
    );
  }
}

/** Where there is a configuration: `--archive` needs none. */
async function configuredSources(
  options: RestoreCommandOptions,
  store: ObjectStore,
  context: CommandContext,
): Promise<readonly ProtectedSource[]> {
  if (options.archive !== undefined) return [];
  const { sources } = await context.config();
  return protectedSources(
    [...sources.values()].map(({ name, database: { database } }) => ({
      name,
      database,
    })),
    {
      live: async (name) => {
        const source = sources.get(name) as SourceConfig;
        return (await openSourceAdmin(source)).identity(context.signal);
      },
      archived: async (name) => {
        const catalog = await openSourceCatalog(store, name, context);
        return catalog.isEmpty ? undefined : catalog.state.source;
      },
      logger: context.logger,
    },
    context.signal,
  );
}
