import { setTimeout as delay } from "node:timers/promises";
import { formatPosition } from "../../src/core/position.ts";
import { waitUntil } from "../support/wait-until.ts";
import {
  type ArchiveFacts,
  checkArchive,
  reaches,
  readArchive,
} from "./archive-reader.ts";
import type { SourceDump } from "./dump.ts";
import type { OracleEngine, OracleSource } from "./engine.ts";
import { type Gathered, gatherDumps } from "./gather-dumps.ts";
import { Installation, type Places, SOURCE } from "./installation.ts";
import { hasBaseBehind } from "./has-base-behind.ts";
import type { IssuedDdl } from "./issue-ddl.ts";
import { Operator } from "./operator.ts";
import { type Intensity, INTENSITIES } from "./intensity.ts";
import type { RoundPlan } from "./plan-round.ts";
import { createRandom } from "./random.ts";
import type { ServiceDisturbance } from "./remote-service.ts";
import { type RestoredCounts, restoreAll } from "./restore-all.ts";
import { createWorkload, type WorkloadStats } from "./workload.ts";

export interface RoundOptions {
  readonly engine: OracleEngine;
  readonly seed: string;
  readonly plan: RoundPlan;
  readonly folder: string;
  /** Without any, journals and archive are in the folder. */
  readonly places?: Places;
}

export interface RoundResult extends RestoredCounts {
  readonly archive: ArchiveFacts;
  readonly disturbances: Operator["done"];
  readonly ddl: number;
  /** How often the source and the archive agreed on what is not needed any more. */
  readonly looks: number;
  readonly workload: WorkloadStats;
}

/** An archive may have to wait for a process that waits before it comes back to a server that was gone. */
const ARCHIVE_PATIENCE_MS = 180_000;
/** From one disturbance of restores to the next. */
const BETWEEN_MS = 2_000;

/**
 * A fresh database, captured while it is written to and all kinds of things happen; then every instant that was dumped is
 * restored and must be equal. Throws at the first difference. The source is the caller's to keep or drop.
 */
export async function runRound(
  options: RoundOptions,
  source: OracleSource,
  signal: AbortSignal,
): Promise<RoundResult> {
  const { engine, seed, plan, folder, places } = options;
  const random = createRandom(seed);
  await using installation = await Installation.make(folder, source, places);
  const workload = createWorkload({
    seed,
    dialect: source.dialect,
    intensity: intensityOf(plan, engine),
  });
  await workload.setup();
  await installation.tidemark(["prepare", SOURCE]);
  const operator = new Operator(
    { installation, source },
    random.fork("operator"),
  );
  await operator.start();
  const { archive } = installation;
  await waitUntil(
    "the first base",
    async () => ((await readArchive(archive))?.bases.length ?? 0) > 0,
    ARCHIVE_PATIENCE_MS,
  );
  const over = new AbortController();
  const watching = source.watch(archive, over.signal);
  const looked = watching.catch(() => undefined);
  let gathered: Gathered;
  try {
    const gathering = gatherDumps(
      { source, operator, workload, plan, random },
      signal,
    );
    const busy = await Promise.race([
      gathering,
      watching.then(() => gathering),
    ]);
    await operator.settle();
    await waitForBase(archive, busy.ddl);
    // Nothing lies between that base and this dump: it must be restored.
    const last = await source.dump();
    gathered = { ...busy, dumps: [...busy.dumps, last] };
    await waitForArchive(installation, last);
    await source.waitUntilReleased(archive);
  } finally {
    over.abort();
    await looked;
  }
  if (!plan.restoreWhileRunning) await operator.stop();
  const restored = new AbortController();
  const [counts] = await Promise.all([
    restoreAll(
      { installation, engine, gathered },
      random.fork("restores"),
      signal,
    ).finally(() => restored.abort()),
    disturbRestores(operator, plan.whileRestoring ?? [], restored.signal),
  ]);
  if (plan.restoreWhileRunning) {
    // Beside capture: what the archive says is what the source holds at a position of this moment.
    await installation.tidemark(["verify", SOURCE, "--against", "source"]);
    await operator.stop();
  }
  await installation.tidemark(["verify", SOURCE]);
  return {
    ...counts,
    archive: await checkArchive(archive),
    disturbances: operator.done,
    ddl: gathered.ddl.length,
    looks: await watching,
    workload: gathered.stats,
  };
}

/** Without what a source that is killed does not write down: no log has it, and no copy of it by its log. */
function intensityOf(
  { intensity, disturbances }: RoundPlan,
  { truncatesWhole }: OracleEngine,
): Partial<Intensity> {
  const dies =
    disturbances.includes("kill server") || disturbances.includes("kill both");
  return {
    ...INTENSITIES[intensity],
    ...(dies && !truncatesWhole && { truncate: 0 }),
  };
}

/** A few of them a while after each other, as long as restores go on. */
async function disturbRestores(
  operator: Operator,
  disturbances: readonly ServiceDisturbance[],
  signal: AbortSignal,
): Promise<void> {
  for (const disturbance of disturbances) {
    await delay(BETWEEN_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await operator.disturbService(disturbance);
  }
}

/** Behind the last DDL command, which demands one. */
async function waitForBase(
  archive: string,
  ddl: readonly IssuedDdl[],
): Promise<void> {
  await waitUntil(
    "a base behind the last DDL command",
    async () => hasBaseBehind(await readArchive(archive), ddl),
    ARCHIVE_PATIENCE_MS,
  );
}

async function waitForArchive(
  installation: Installation,
  { position }: SourceDump,
): Promise<void> {
  // Behind a backlog it is not archived while the command waits: that is waited for here.
  const { exitCode } = await installation.persist(
    async () => (await installation.command(["mark", "the-end"])).ended,
  );
  if (exitCode !== 0 && exitCode !== 10)
    throw new Error(`tidemark mark failed: exit code ${exitCode ?? "none"}`);
  await waitUntil(
    `the archive passes ${formatPosition(position)}`,
    async () => reaches(await readArchive(installation.archive), position),
    ARCHIVE_PATIENCE_MS,
  );
}
