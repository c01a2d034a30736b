import { expect, test } from "vitest";
import { startMysqlEngine } from "../oracle/mysql/mysql-engine.ts";
import type { RoundPlan } from "../oracle/plan-round.ts";
import { runRound } from "../oracle/run-round.ts";
import { describeMysql } from "../support/describe-mysql.ts";
import type { MysqlVersion } from "../support/mysql-binaries.ts";
import { tempDirectory } from "../support/temp-directory.ts";

const CALM: Omit<RoundPlan, "disturbances"> = {
  intensity: "calm",
  writers: 2,
  // Restores of one server are made one after the other.
  dumps: 2,
  pauseMs: 1_500,
  standing: 0.5,
  ddlEveryMs: undefined,
  restoreWhileRunning: false,
};

/** A little of what `npm run oracle -- --engine mysql,mariadb` draws at random. */
const PLANS: readonly (readonly [MysqlVersion, RoundPlan])[] = [
  [
    "mysql-9",
    {
      ...CALM,
      disturbances: ["base", "kill", "purge log", "rival"],
      restoreWhileRunning: true,
    },
  ],
  [
    "mariadb-10.11",
    { ...CALM, disturbances: ["kill server", "rotate log", "lose journal"] },
  ],
  ["mariadb-11.8", { ...CALM, disturbances: ["kill"], ddlEveryMs: 1_000 }],
];

for (const [name, plan] of PLANS) {
  describeMysql(
    [name],
    ({ version }) => {
      const points =
        plan.ddlEveryMs === undefined
          ? "every instant is restored as it was"
          : "every instant is restored as it was, or refused for want of its definitions";
      test(points, { timeout: 420_000 }, async () => {
        const seed = `${Math.random()}`;
        console.log(`seed ${seed}`);
        await using engine = await startMysqlEngine(version);
        await using folder = await tempDirectory();
        const result = await runRound(
          { engine, seed, plan, folder: folder.path },
          await engine.openSource(),
          AbortSignal.timeout(410_000),
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
