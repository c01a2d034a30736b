import { expect, test } from "vitest";
import { LivingServer } from "../oracle/living-server.ts";
import type { RoundPlan } from "../oracle/plan-round.ts";
import { runRound } from "../oracle/run-round.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { describeS3 } from "../support/describe-s3.ts";
import { startPostgres } from "../support/postgres.ts";
import { useLogin } from "../support/s3-server.ts";
import { tempDirectory } from "../support/temp-directory.ts";

/** A little of what `npm run oracle -- --archive s3` draws at random. */
const PLAN: RoundPlan = {
  intensity: "calm",
  writers: 2,
  dumps: 4,
  pauseMs: 1_500,
  standing: 0.5,
  disturbances: ["kill", "base", "lose journal", "rival"],
  ddlEveryMs: undefined,
  restoreWhileRunning: true,
};

describePostgres(
  [16],
  ({ major }) => {
    describeS3("with its archive in S3", (s3) => {
      test(
        "every instant is restored as it was",
        { timeout: 240_000 },
        async () => {
          const seed = `${Math.random()}`;
          console.log(`seed ${seed}`);
          const { endpoint, root: login } = s3.server;
          useLogin(login);
          const bucket = {
            ...{ endpoint, login },
            bucket: await s3.server.makeBucket(),
          };
          await using server = await startPostgres(major);
          await using folder = await tempDirectory();
          const source = new LivingServer(
            server,
            await server.createDatabase(),
          );
          const result = await runRound(
            {
              ...{ server, seed, plan: PLAN, folder: folder.path },
              places: { bucket },
            },
            source,
            AbortSignal.timeout(230_000),
          );
          expect(result.dumps).toBe(PLAN.dumps);
          expect(result.restored).toBeGreaterThan(0);
          expect(result.archive.transactions).toBeGreaterThan(0);
          expect(result.refused).toBe(0);
        },
      );
    });
  },
  { own: true },
);
