import { expect, test } from "vitest";
import type { RoundPlan } from "../oracle/plan-round.ts";
import { startPostgresEngine } from "../oracle/postgres/postgres-engine.ts";
import { RemoteService } from "../oracle/remote-service.ts";
import { runRound } from "../oracle/run-round.ts";
import { brokersAt } from "../oracle/services.ts";
import { describeKafka } from "../support/describe-kafka.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { tempDirectory } from "../support/temp-directory.ts";

/** A little of what `npm run oracle -- --journal kafka` draws at random. */
const PLAN: RoundPlan = {
  intensity: "calm",
  writers: 2,
  dumps: 4,
  pauseMs: 1_500,
  standing: 0.5,
  disturbances: [
    ...(["kill", "kill broker", "base", "lose journal"] as const),
    ...(["cut broker", "rival"] as const),
  ],
  ddlEveryMs: undefined,
  restoreWhileRunning: true,
};

describePostgres(
  [16],
  ({ major }) => {
    describeKafka("with its journal in Kafka", (kafka) => {
      test(
        "every instant is restored as it was, although the broker dies and is cut off",
        { timeout: 300_000 },
        async () => {
          const seed = `${Math.random()}`;
          console.log(`seed ${seed}`);
          await using engine = await startPostgresEngine(major);
          await using folder = await tempDirectory();
          const source = await engine.openSource();
          await using service = await RemoteService.ofBrokers(kafka.server);
          const result = await runRound(
            {
              ...{ engine, seed, plan: PLAN, folder: folder.path },
              places: { kafka: brokersAt(service, kafka.newPrefix()) },
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
