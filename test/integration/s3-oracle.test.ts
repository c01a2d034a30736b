import { expect, test } from "vitest";
import type { RoundPlan } from "../oracle/plan-round.ts";
import { startPostgresEngine } from "../oracle/postgres/postgres-engine.ts";
import { RemoteService } from "../oracle/remote-service.ts";
import { runRound } from "../oracle/run-round.ts";
import { bucketAt } from "../oracle/services.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { describeS3 } from "../support/describe-s3.ts";
import { useLogin } from "../support/s3-server.ts";
import { tempDirectory } from "../support/temp-directory.ts";

/** A little of what `npm run oracle -- --archive s3` draws at random. */
const PLAN: RoundPlan = {
  intensity: "calm",
  writers: 2,
  dumps: 4,
  pauseMs: 1_500,
  standing: 0.5,
  disturbances: [
    ...(["kill", "kill store", "base", "lose journal"] as const),
    ...(["cut store", "rival"] as const),
  ],
  ddlEveryMs: undefined,
  restoreWhileRunning: true,
  whileRestoring: ["kill store", "cut store"],
};

describePostgres(
  [16],
  ({ major }) => {
    describeS3("with its archive in S3", (s3) => {
      test(
        "every instant is restored as it was, although the store dies and is cut off",
        { timeout: 240_000 },
        async () => {
          const seed = `${Math.random()}`;
          console.log(`seed ${seed}`);
          const { server } = s3;
          useLogin(server.root);
          await using service = await RemoteService.ofStore(server);
          const bucket = await bucketAt({ server, service });
          await using engine = await startPostgresEngine(major);
          await using folder = await tempDirectory();
          const source = await engine.openSource();
          const result = await runRound(
            {
              ...{ engine, seed, plan: PLAN, folder: folder.path },
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
