import { expect, test } from "vitest";
import { LivingServer } from "../oracle/living-server.ts";
import type { RoundPlan } from "../oracle/plan-round.ts";
import { runRound } from "../oracle/run-round.ts";
import { describeKafka } from "../support/describe-kafka.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { startPostgres } from "../support/postgres.ts";
import { tempDirectory } from "../support/temp-directory.ts";

/** A little of what `npm run oracle -- --journal kafka` draws at random. */
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
    describeKafka("with its journal in Kafka", (kafka) => {
      test(
        "every instant is restored as it was",
        { timeout: 300_000 },
        async () => {
          const seed = `${Math.random()}`;
          console.log(`seed ${seed}`);
          await using server = await startPostgres(major);
          await using folder = await tempDirectory();
          const source = new LivingServer(
            server,
            await server.createDatabase(),
          );
          const { brokers } = kafka.server;
          const result = await runRound(
            {
              ...{ server, seed, plan: PLAN, folder: folder.path },
              places: { kafka: { brokers, prefix: kafka.newPrefix() } },
            },
            source,
            AbortSignal.timeout(290_000),
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
