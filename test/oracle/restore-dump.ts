import { formatInstant } from "../../src/core/instant.ts";
import { formatPosition } from "../../src/core/position.ts";
import { readArchive } from "./archive-reader.ts";
import { compareDumps, compareTables } from "./compare-dumps.ts";
import type { SourceDump } from "./dump.ts";
import type { OracleEngine, RestorePlace } from "./engine.ts";
import type { EndedCli } from "../support/spawn-cli.ts";
import { describeEnd, type Installation, SOURCE } from "./installation.ts";

export interface RestoreManner {
  /** Where the source stood still: by a time of that stretch, 0 its first and 1 its end; by position elsewhere. */
  readonly atTime?: number;
  /** Only some of the tables, beginning there among all of them. */
  readonly tablesFrom?: number;
  /** From the archive alone: no configuration, no source. */
  readonly bare?: boolean;
  /** SIGKILL after so long, then the same command again. */
  readonly killAfterMs?: number;
  /** SIGKILL there, then the same command again. */
  readonly failpoint?: string;
  readonly memory?: string;
}

export type RestoreResult =
  | {
      readonly kind: "restored";
      /** The caller's to drop. */
      readonly place: RestorePlace;
      readonly differences: readonly string[];
      readonly killed: boolean;
      readonly resumed: boolean;
      readonly alreadyRestored: boolean;
    }
  /** Refused before anything was written. */
  | { readonly kind: "unreachable"; readonly message: string };

interface Report {
  readonly report: {
    readonly id: string;
    readonly resumed: boolean;
    readonly alreadyRestored: boolean;
  };
}

/**
 * Restores the instant of a dump to a new place, and compares. Throws when the command fails, or the catalog
 * does not say once that it was restored.
 */
export async function restoreDump(
  where: {
    readonly installation: Installation;
    readonly engine: OracleEngine;
  },
  dump: SourceDump,
  manner: RestoreManner = {},
): Promise<RestoreResult> {
  const { installation } = where;
  const place = await where.engine.openPlace();
  const earlier = await listRestores(installation, place);
  const tables = chooseTables(dump, manner);
  const argv = planCommand(installation, dump, manner);
  const env = { TARGET_URL: place.url };
  const bare = manner.bare === true;
  let end = await installation.persist(() =>
    runOnce(installation, argv, { ...manner, env, bare }),
  );
  const killed = end.signal === "SIGKILL";
  const reported = killed && end.stdout !== "";
  if (killed) {
    const before = end;
    end = await installation.persist(
      async () => (await installation.command(argv, { bare, env })).ended,
    );
    // Who was given the report has a database like any other, except when the ledger still stands.
    if (reported && /error TARGET_NOT_EMPTY/.test(end.stderr))
      end = { ...before, exitCode: 0 };
  }
  if (end.exitCode === 7 && /POINT_UNREACHABLE/.test(end.stderr)) {
    if (await place.isTouched()) {
      throw new Error(`refused, and wrote: ${describeEnd(end)}`);
    }
    await place.drop();
    return { kind: "unreachable", message: end.stderr.trim() };
  }
  if (end.exitCode !== 0) {
    throw new Error(
      `restore to ${formatPosition(dump.position)} into ${place.name}${killed ? " (killed before)" : ""}: ${describeEnd(end)}`,
    );
  }
  const { report } = JSON.parse(end.stdout) as Report;
  const ids = (await listRestores(installation, place)).slice(earlier.length);
  if (ids.join() !== report.id) {
    throw new Error(
      `restore ${report.id} into ${place.name} is in the catalog as [${ids.join()}]`,
    );
  }
  const restored = await place.dump();
  return {
    kind: "restored",
    place,
    differences:
      tables.length === 0
        ? compareDumps(dump, restored)
        : compareTables(dump, restored, tables),
    killed,
    resumed: report.resumed,
    alreadyRestored: report.alreadyRestored,
  };
}

/** Into this place: of a server that all restores go to, earlier ones too. */
async function listRestores(
  installation: Installation,
  place: RestorePlace,
): Promise<readonly string[]> {
  const state = await readArchive(installation.archive);
  return (state?.restores ?? []).flatMap(({ target, id }) =>
    place.is(target) ? [id] : [],
  );
}

function planCommand(
  installation: Installation,
  dump: SourceDump,
  manner: RestoreManner,
): readonly string[] {
  const { bare, memory } = manner;
  return [
    ...["restore", SOURCE, "--at", pointOf(dump, manner)],
    ...["--into", "env:TARGET_URL"],
    ...(bare === true ? ["--archive", installation.archive] : []),
    ...chooseTables(dump, manner).flatMap((name) => ["--table", name]),
    ...(memory === undefined ? [] : ["--memory", memory]),
  ];
}

/** At most three, of those whose names need no quotes; none: all tables are restored. */
function chooseTables(
  { tables }: SourceDump,
  { tablesFrom }: RestoreManner,
): readonly string[] {
  if (tablesFrom === undefined) return [];
  const names = [...tables.keys()].filter((name) =>
    /^[a-z_]+\.[a-z0-9_]+$/.test(name),
  );
  const from = Math.floor(names.length * tablesFrom);
  return names.slice(from, from + 3);
}

export function isByTime(
  { stood }: SourceDump,
  { atTime }: RestoreManner,
): boolean {
  return stood !== undefined && atTime !== undefined;
}

function pointOf(
  { position, stood }: SourceDump,
  { atTime }: RestoreManner,
): string {
  if (stood === undefined || atTime === undefined)
    return `position:${formatPosition(position)}`;
  const micros = Number(stood.through - stood.from);
  return formatInstant(stood.from + BigInt(Math.floor(micros * atTime)));
}

async function runOnce(
  installation: Installation,
  argv: readonly string[],
  manner: RestoreManner & {
    readonly bare: boolean;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<EndedCli> {
  const { bare, killAfterMs, failpoint } = manner;
  const env = {
    ...manner.env,
    ...(failpoint === undefined ? {} : { TIDEMARK_FAILPOINT: failpoint }),
  };
  const { child, ended } = await installation.command(argv, { bare, env });
  if (killAfterMs === undefined) return await ended;
  const timer = setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
  }
}
