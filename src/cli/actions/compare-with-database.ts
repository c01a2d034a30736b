import { findSource } from "../../config/select-sources.ts";
import type { DatabaseLogin } from "../../config/database-login.ts";
import { resolvePoint } from "../../archive/resolve-point.ts";
import { isSameDatabase } from "../../core/database-identity.ts";
import { TidemarkError } from "../../core/errors.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatPosition } from "../../core/position.ts";
import type { Point } from "../../core/point.ts";
import type { RestoreTarget } from "../../engine/restore-target.ts";
import type { ComparedTable } from "../../restore/compare-digests.ts";
import {
  planWhole,
  verifyAgainstSource,
  verifyAgainstTarget,
  type Comparison,
  type VerifyAgainstOptions,
} from "../../restore/verify-against.ts";
import { openWorkFolder } from "../../platform/work-folder.ts";
import type { CommandContext } from "../context.ts";
import { parseTarget } from "../parse-target.ts";
import { crossesEngines, planTargetMapping } from "./plan-target-mapping.ts";
import { recordVerify } from "../record-verify.ts";
import { formatCount, formatTable } from "../terminal.ts";
import {
  openArchive,
  openRestoreTarget,
  openSourceAdmin,
  openTableReader,
  type OpenedArchive,
} from "../wiring.ts";
import type { VerifyRequest } from "../verify-options.ts";

type Request = VerifyRequest & { readonly against: string };

/** A database that stands still, and where. */
interface Still {
  readonly target: RestoreTarget;
  readonly login: DatabaseLogin;
  readonly at: Point;
}

/** The word for the configured source itself, whatever `targets:` has. */
const LIVE = "source";

/**
 * `source`, or a TARGET that turns out to be the source's own database: live, at a position taken now. Any other TARGET stands
 * still, at the point that --at says. Neither is guessed: a live database is never compared with a chosen point, nor a still
 * one without.
 */
export async function compareWithDatabase(
  options: Request,
  context: CommandContext,
): Promise<void> {
  const { source } = options;
  if (options.against === LIVE && options.againstPasswordFile !== undefined) {
    throw new TidemarkError(
      "USAGE",
      "--against-password-file has no effect on the live source",
      { hint: `write passwordFile under sources.${source}` },
    );
  }
  await using archive = await openArchive(source, options.archive, context);
  await using work = await openWorkFolder();
  using progress = context.output.progress({ label: "fold", unit: "rows" });
  const shared = {
    catalog: archive.catalog,
    store: archive.store,
    workFolder: work.path,
    memoryBytes: options.memory,
    streams: options.streams,
    onProgress: (rows: number) => progress.update(rows),
  };
  const found = await chooseDatabase(options, archive, context);
  const { still } = found;
  await using _target = still?.target;
  const comparison =
    still === undefined
      ? await verifyAgainstSource(
          {
            ...{ ...shared, logger: context.logger },
            ...(await openSource(options, context)),
          },
          context.signal,
        )
      : await compareStill({ still, shared }, context);
  await report(
    {
      ...options,
      // What a restored database holds says nothing of the archive.
      record: options.record && still === undefined,
    },
    { comparison, archive, label: found.label },
    context,
  );
}

async function compareStill(
  {
    still,
    shared,
  }: { readonly still: Still; readonly shared: VerifyAgainstOptions },
  context: CommandContext,
): Promise<Comparison> {
  const { catalog, store, workFolder } = shared;
  const { target, login } = still;
  const { state } = catalog;
  const archive = { state, store, workFolder };
  const point = { point: still.at, now: context.clock.now() };
  const at = await resolvePoint(archive, point, context.signal);
  const isMapped = crossesEngines(state.source.engine, login);
  const mapped = isMapped
    ? await planTargetMapping(
        {
          ...{ archive, target, plan: planWhole(catalog, at) },
          ...{ partial: false, isWanted: true },
        },
        context,
      )
    : undefined;
  const { signal } = context;
  return await verifyAgainstTarget(
    { ...shared, target, at, mapping: mapped?.mapping },
    signal,
  );
}

async function chooseDatabase(
  options: Request,
  archive: OpenedArchive,
  context: CommandContext,
): Promise<{
  readonly label: string;
  readonly still: Still | undefined;
}> {
  const { against, at, source } = options;
  const live = { label: `${source}, live`, still: undefined };
  if (against === LIVE) return refusePoint(live, at !== undefined);
  const login = await parseTarget(against, {
    env: context.env,
    config: () => context.config(),
    passwordFile: options.againstPasswordFile,
    passwordOption: "--against-password-file",
  });
  await using stack = new AsyncDisposableStack();
  const target = stack.use(await openRestoreTarget(login));
  const state = await target.inspect(context.signal);
  if (!state.exists) {
    throw new TidemarkError("NOT_FOUND", `${target.label} does not exist`, {
      hint: "is it the database that a restore made?",
    });
  }
  const known = archive.catalog.state.source;
  if (state.identity !== undefined && isSameDatabase(state.identity, known)) {
    return refusePoint(live, at !== undefined);
  }
  if (at === undefined) {
    throw new TidemarkError(
      "USAGE",
      `${target.label} is not the live source: at which point does it stand?`,
      { hint: "say it with --at; what a restore reached is in its report" },
    );
  }
  stack.move();
  return { label: target.label, still: { target, login, at } };
}

function refusePoint<T>(live: T, hasPoint: boolean): T {
  if (!hasPoint) return live;
  throw new TidemarkError("USAGE", "--at does not go with the live source", {
    hint: "leave it out: the position is taken when the source is read",
  });
}

async function openSource(options: Request, context: CommandContext) {
  const source = findSource(await context.config(), options.source);
  return {
    reader: await openTableReader(source),
    admin: await openSourceAdmin(source),
  };
}

async function report(
  options: Request,
  what: {
    readonly comparison: Comparison;
    readonly archive: OpenedArchive;
    readonly label: string;
  },
  context: CommandContext,
): Promise<void> {
  const { source } = options;
  const { at, tables } = what.comparison;
  const { store, catalog } = what.archive;
  const differences = tables.filter((table) => !table.equal).length;
  const ok = differences === 0;
  const recorded =
    options.record &&
    (await recordVerify(
      {
        ...{ store, source },
        act: {
          kind: "against",
          throughEntry: catalog.state.entry.n,
          seq: at.seq,
          ok,
        },
      },
      context,
    ));
  if (!ok) context.exitWith(9);
  context.output.result(
    {
      source,
      against: what.label,
      ok,
      seq: at.seq,
      position: formatPosition(at.position),
      committedAt:
        at.committedAt === undefined ? null : formatInstant(at.committedAt),
      differences,
      tables,
      recorded,
    },
    () => print(tables, { ...what, seq: at.seq, differences, context }),
  );
}

function print(
  tables: readonly ComparedTable[],
  at: {
    readonly label: string;
    readonly seq: number;
    readonly differences: number;
    readonly context: CommandContext;
  },
): string {
  const { colors } = at.context.output;
  const cells = tables.map(({ table, equal, archive, found, why }) => [
    table,
    equal ? colors.green("equal") : colors.red("DIFFERENT"),
    archive === undefined ? "" : formatCount(archive.rows),
    found === undefined ? "" : formatCount(found.rows),
    why ?? "",
  ]);
  return [
    formatTable(
      [
        { title: "TABLE" },
        { title: "" },
        { title: "ROWS IN ARCHIVE", align: "right" },
        { title: "ROWS FOUND", align: "right" },
        { title: "WHY" },
      ],
      cells,
    ),
    at.differences === 0
      ? colors.green(`${at.label} equals the archive at seq ${at.seq}`)
      : colors.red(
          `${formatCount(at.differences)} tables of ${at.label} differ from the archive at seq ${at.seq}`,
        ),
  ].join("\n");
}
