import {
  formatPosition,
  parsePosition,
  lsnOf,
} from "../../src/core/position.ts";
import type { TestPostgres } from "../support/postgres.ts";
import { waitUntil } from "../support/wait-until.ts";
import {
  type ArchiveFacts,
  checkArchive,
  reaches,
  readArchive,
} from "./archive-reader.ts";
import { dumpDatabase, type SourceDump } from "./dump.ts";
import { type Gathered, gatherDumps } from "./gather-dumps.ts";
import { Installation, type Places, SOURCE } from "./installation.ts";
import { hasBaseBehind } from "./has-base-behind.ts";
import type { IssuedDdl } from "./issue-ddl.ts";
import type { LivingServer } from "./living-server.ts";
import { Operator } from "./operator.ts";
import { INTENSITIES } from "./options.ts";
import type { RoundPlan } from "./plan-round.ts";
import { createRandom } from "./random.ts";
import { type RestoredCounts, restoreAll } from "./restore-all.ts";
import { readSlot, SLOT, watchSlot } from "./watch-slot.ts";
import { createWorkload, type WorkloadStats } from "./workload.ts";

export interface RoundOptions {
  readonly server: TestPostgres;
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
  readonly slotLooks: number;
  readonly workload: WorkloadStats;
}

/** An archive may have to wait for a process that waits before it comes back to a server that was gone. */
const ARCHIVE_PATIENCE_MS = 180_000;
/** What a slot keeps once everything is archived: the log of a few transactions, in whole files. */
const RETAINED_BYTES = 64 * 1024 * 1024;

/**
 * A fresh database, captured while it is written to and all kinds of things happen; then every instant that was dumped is
 * restored and must be equal. Throws at the first difference. The database and the slot are the caller's to keep or drop.
 */
export async function runRound(
  options: RoundOptions,
  source: LivingServer,
  signal: AbortSignal,
): Promise<RoundResult> {
  const { seed, plan, folder, places } = options;
  const random = createRandom(seed);
  await using installation = await Installation.make(
    folder,
    source.url,
    places,
  );
  const workload = createWorkload({
    seed,
    connect: () => source.connect(),
    intensity: INTENSITIES[plan.intensity],
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
  const watching = watchSlot(source, archive, over.signal);
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
    const last = await dumpDatabase((options) => source.connect(options));
    gathered = { ...busy, dumps: [...busy.dumps, last] };
    await waitForArchive(installation, last);
    await waitForSlot(source, archive);
  } finally {
    over.abort();
    await looked;
  }
  if (!plan.restoreWhileRunning) await operator.stop();
  const counts = await restoreAll(
    { installation, server: options.server, gathered },
    random.fork("restores"),
    signal,
  );
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
    slotLooks: await watching,
    workload: gathered.stats,
  };
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
  const { exitCode } = await (
    await installation.command(["mark", "the-end"])
  ).ended;
  if (exitCode !== 0 && exitCode !== 10)
    throw new Error(`tidemark mark failed: exit code ${exitCode ?? "none"}`);
  await waitUntil(
    `the archive passes ${formatPosition(position)}`,
    async () => reaches(await readArchive(installation.archive), position),
    ARCHIVE_PATIENCE_MS,
  );
}

/** What is archived is acknowledged, and the source keeps no more of its log than a little. */
async function waitForSlot(
  source: LivingServer,
  archive: string,
): Promise<void> {
  const state = await readArchive(archive);
  if (state === undefined) throw new Error("the archive is gone");
  const reread = parsePosition(state.reread.position);
  await using client = await source.connect();
  await waitUntil(
    `slot ${SLOT} confirms ${state.reread.position} and lets go of what lies before`,
    async () => {
      const slot = await readSlot(client);
      if (slot === undefined) throw new Error(`slot ${SLOT} is gone`);
      if (slot.confirmed < lsnOf(reread)) return false;
      if (slot.retained < RETAINED_BYTES) return true;
      // It lets go only behind a record of running transactions that it has confirmed.
      await client.query("CHECKPOINT");
      await client.query("SELECT tidemark.record('heartbeat', 'oracle', '{}')");
      return false;
    },
    ARCHIVE_PATIENCE_MS,
  );
}
