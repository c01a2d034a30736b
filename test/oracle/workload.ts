import type { Dialect } from "./engine.ts";
import { type Intensity, ORDINARY } from "./intensity.ts";
import { createRandom, type Random } from "./random.ts";
import { Rests } from "./rests.ts";

export interface WorkloadOptions {
  /** Everything that writers want is a function of it; what they get depends on how they meet. */
  readonly seed: string;
  readonly dialect: Dialect;
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
  /** By the server's code: what the writers refused each other. */
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
  const { dialect } = options;
  const intensity = { ...ORDINARY, ...options.intensity };
  const random = createRandom(options.seed);
  const rests = new Rests();
  let runs = 0;

  async function write(
    random: Random,
    stats: WorkloadStats,
    signal: AbortSignal,
  ): Promise<void> {
    await using writer = await dialect.openWriter(intensity.keys, random);
    const limit = options.transactions ?? Infinity;
    for (let number = 0; number < limit && !signal.aborted; number++) {
      const own = random.fork(number);
      const outcome = await rests.work(() => writer.write(own, intensity));
      stats.transactions++;
      if (outcome.kind === "failed") {
        const { code } = outcome;
        stats.failed[code] = (stats.failed[code] ?? 0) + 1;
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
      await dialect.settle();
      await dialect.makeSchema();
      const calm = { ...intensity, big: 0, truncate: 0, rollback: 0 };
      await using writer = await dialect.openWriter(intensity.keys);
      for (let number = 0; number < intensity.keys; number++)
        await writer.write(random.fork("setup").fork(number), calm);
    },
    async run(writers, signal) {
      const ours = random.fork(`run ${runs++}`);
      await dialect.settle();
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
