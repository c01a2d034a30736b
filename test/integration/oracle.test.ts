import { expect, test } from "vitest";
import type { RoundPlan } from "../oracle/plan-round.ts";
import { startPostgresEngine } from "../oracle/postgres/postgres-engine.ts";
import { runRound } from "../oracle/run-round.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { tempDirectory } from "../support/temp-directory.ts";

/** A little of what `npm run oracle` draws at random: a disturbed capture, and a source whose definitions change. */
const PLANS: ReadonlyMap<number, RoundPlan> = new Map([
  [
    15,
    {
      intensity: "calm",
      writers: 2,
      dumps: 5,
      pauseMs: 1_500,
      standing: 0.5,
      disturbances: ["kill"],
      ddlEveryMs: 1_000,
      restoreWhileRunning: true,
    },
  ],
  [
    18,
    {
      intensity: "calm",
      writers: 2,
      dumps: 5,
      pauseMs: 1_500,
      standing: 0.5,
      disturbances: ["base", "kill", "kill server", "lose journal", "rival"],
      ddlEveryMs: undefined,
      restoreWhileRunning: false,
    },
  ],
]);

for (const [version, plan] of PLANS) {
  describePostgres(
    [version],
    ({ major }) => {
      const points =
        plan.ddlEveryMs === undefined
          ? "every instant is restored as it was"
          : "every instant is restored as it was, or refused for want of its definitions";
      test(points, { timeout: 240_000 }, async () => {
        const seed = `${Math.random()}`;
        console.log(`seed ${seed}`);
        await using engine = await startPostgresEngine(major);
        await using folder = await tempDirectory();
        const source = await engine.openSource();
        const result = await runRound(
          { engine, seed, plan, folder: folder.path },
          source,
          AbortSignal.timeout(230_000),
        );
        expect(result.dumps).toBe(plan.dumps);
        expect(result.restored).toBeGreaterThan(0);
        expect(result.archive.transactions).toBeGreaterThan(0);
        expect(result.looks).toBeGreaterThan(0);
        if (plan.ddlEveryMs === undefined) expect(result.refused).toBe(0);
        else expect(result.ddl).toBeGreaterThan(0);
      });
    },
    { own: true },
  );
}
