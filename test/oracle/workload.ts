import { readFile } from "node:fs/promises";
import type { TestClient } from "../support/postgres-client.ts";
import {
  type Intensity,
  ORDINARY,
  planTransaction,
} from "./plan-transaction.ts";
import { createRandom, type Random } from "./random.ts";
import { Rests } from "./rests.ts";
import { runTransaction } from "./run-transaction.ts";
import { listTables } from "./tables.ts";

export interface WorkloadOptions {
  /** Everything that writers want is a function of it; what they get depends on how they meet. */
  readonly seed: string;
  /** To the source, as a superuser. */
  readonly connect: () => Promise<TestClient>;
  readonly intensity?: Partial<Intensity>;
  /** Of each writer; without it, until the signal. */
  readonly transactions?: number;
}

export interface WorkloadStats {
  transactions: number;
  committed: number;
  rolledBack: number;
  /** Rows that committed statements touched. */
  rows: number;
  /** By SQLSTATE: what the writers refused each other. */
  failed: Record<string, number>;
}

export interface Workload {
  /** Makes the schema of schema.sql and some rows. */
  setup(): Promise<void>;
  /**
   * Lets that many writers work at once, until the signal or the end of their transactions; the one under way is finished.
   * May be called again: it goes on with other transactions of the same seed.
   */
  run(writers: number, signal: AbortSignal): Promise<WorkloadStats>;
  /** Between two transactions of every writer. */
  atRest<T>(inside: () => Promise<T>): Promise<T>;
}

export function createWorkload(options: WorkloadOptions): Workload {
  const intensity = { ...ORDINARY, ...options.intensity };
  const random = createRandom(options.seed);
  const tables = listTables(intensity.keys);
  const rests = new Rests();
  let runs = 0;

  async function write(
    writer: Random,
    stats: WorkloadStats,
    signal: AbortSignal,
  ): Promise<void> {
    await using client = await options.connect();
    // Writers who wait for each other should find out soon.
    await client.query("SET deadlock_timeout = '50ms'");
    await client.query("SET lock_timeout = '10s'");
    // Commits that come into the log on disk later than their time says, or not at all when the server dies.
    if (writer.fork("durability").chance(0.3))
      await client.query("SET synchronous_commit = off");
    const limit = options.transactions ?? Infinity;
    for (let number = 0; number < limit && !signal.aborted; number++) {
      const own = writer.fork(number);
      const plan = planTransaction(tables, intensity, own);
      const outcome = await rests.work(() => runTransaction(client, plan));
      stats.transactions++;
      if (outcome.kind === "failed") {
        const { sqlState } = outcome;
        stats.failed[sqlState] = (stats.failed[sqlState] ?? 0) + 1;
      } else if (outcome.kind === "committed") {
        stats.committed++;
        stats.rows += outcome.rows;
      } else {
        stats.rolledBack++;
      }
    }
  }

  return {
    async setup() {
      const schema = new URL("schema.sql", import.meta.url);
      await using client = await options.connect();
      await client.query(await readFile(schema, "utf8"));
      const calm = { ...intensity, big: 0, truncate: 0, rollback: 0 };
      for (let number = 0; number < intensity.keys; number++) {
        const own = random.fork("setup").fork(number);
        await runTransaction(client, planTransaction(tables, calm, own));
      }
    },
    async run(writers, signal) {
      const ours = random.fork(`run ${runs++}`);
      const stats: WorkloadStats = {
        ...{ transactions: 0, committed: 0, rolledBack: 0, rows: 0 },
        failed: {},
      };
      // One who fails stops the others, and its error is the one that is told.
      const failure = new AbortController();
      const either = AbortSignal.any([signal, failure.signal]);
      const all = Array.from({ length: writers }, (_, index) =>
        write(ours.fork(index), stats, either).catch((error: unknown) => {
          failure.abort();
          throw error;
        }),
      );
      const rejected = (await Promise.allSettled(all)).find(
        (result) => result.status === "rejected",
      );
      if (rejected !== undefined) throw rejected.reason as Error;
      return stats;
    },
    atRest: (inside) => rests.rest(inside),
  };
}
