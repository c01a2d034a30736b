import { setTimeout as delay } from "node:timers/promises";
import type { SourceDump } from "./dump.ts";
import type { OracleSource } from "./engine.ts";
import { type IssuedDdl, issueDdl } from "./issue-ddl.ts";
import type { Operator } from "./operator.ts";
import type { RoundPlan } from "./plan-round.ts";
import type { Random } from "./random.ts";
import { Turns } from "./turns.ts";
import type { Workload, WorkloadStats } from "./workload.ts";

export interface Gathered {
  readonly dumps: readonly SourceDump[];
  readonly ddl: readonly IssuedDdl[];
  readonly stats: WorkloadStats;
}

interface Busy {
  readonly source: OracleSource;
  readonly operator: Operator;
  readonly workload: Workload;
  readonly plan: RoundPlan;
  readonly random: Random;
}

/** The busy part of a round: writers, DDL, disturbances and dumps beside each other. */
export async function gatherDumps(
  busy: Busy,
  signal: AbortSignal,
): Promise<Gathered> {
  const { source, operator, plan, random } = busy;
  const turns = new Turns();
  const ddl: IssuedDdl[] = [];
  const dumps: SourceDump[] = [];
  const over = new AbortController();
  const ending = AbortSignal.any([signal, over.signal]);
  const everyMs = plan.ddlEveryMs;
  const beside = [
    write(busy, ending),
    everyMs === undefined
      ? Promise.resolve()
      : issueDdl({ source, random, turns, issued: ddl, everyMs }, ending),
  ] as const;
  const works = Promise.all([
    disturb(busy, ending),
    takeDumps(busy, { turns, dumps }, ending),
  ]);
  try {
    // Whatever fails first is told.
    await Promise.race([works, Promise.all(beside).then(() => works)]);
  } finally {
    over.abort();
    await Promise.allSettled([...beside, works]);
  }
  const [stats] = await Promise.all(beside);
  signal.throwIfAborted();
  operator.checkAlive();
  return { dumps, ddl, stats };
}

/** Several writers, who come back when the server does. */
async function write(
  { source, workload, plan }: Busy,
  signal: AbortSignal,
): Promise<WorkloadStats> {
  return await source.living.survive(() => workload.run(plan.writers, signal));
}

async function disturb(
  { operator, plan, random }: Busy,
  signal: AbortSignal,
): Promise<void> {
  const own = random.fork("disturbances");
  for (const disturbance of plan.disturbances) {
    await pause(own.integer(100, 2_500), signal);
    if (signal.aborted) return;
    await operator.disturb(disturbance);
  }
}

async function takeDumps(
  { source, workload, plan, random }: Busy,
  into: { readonly turns: Turns; readonly dumps: SourceDump[] },
  signal: AbortSignal,
): Promise<void> {
  const own = random.fork("dumps");
  for (let count = 1; count < plan.dumps; count++) {
    await pause(own.integer(1, plan.pauseMs), signal);
    if (signal.aborted) return;
    const work = own.chance(plan.standing)
      ? () => workload.atRest(() => source.dumpStanding())
      : () => source.dump();
    into.dumps.push(await into.turns.take(() => source.living.survive(work)));
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
