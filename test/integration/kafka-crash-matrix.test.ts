import { afterAll, beforeAll, expect, test } from "vitest";
import { CAPTURE_FAILPOINTS } from "../../src/services/capture.ts";
import { checkArchive } from "../oracle/archive-reader.ts";
import { CrashSite } from "../oracle/crash-site.ts";
import type { SourceDump } from "../oracle/dump.ts";
import { SOURCE } from "../oracle/installation.ts";
import { startPostgresEngine } from "../oracle/postgres/postgres-engine.ts";
import { restoreDump } from "../oracle/restore-dump.ts";
import { describeKafka } from "../support/describe-kafka.ts";
import { describePostgres } from "../support/describe-postgres.ts";

/** What `run` comes to over and over; the journal's own matrix has the rest of it. */
const RUN_PLACES = [
  ...CAPTURE_FAILPOINTS.map((name) => `${name}:3`),
  ...["kafka.claimed:1", "kafka.before-send:5", "kafka.frame-sent:5"],
];

const PATIENT = { timeout: 300_000 };

describePostgres(
  [17],
  ({ major }) => {
    describeKafka("with its journal in Kafka", (kafka) => {
      let site: CrashSite;
      let watching: Promise<number>;
      const over = new AbortController();
      const dumps: { readonly after: string; readonly dump: SourceDump }[] = [];

      beforeAll(async () => {
        const seed = `${Math.random()}`;
        console.log(`seed ${seed}`);
        const { brokers } = kafka.server;
        site = await CrashSite.open(await startPostgresEngine(major), seed, {
          kafka: { brokers, prefix: kafka.newPrefix() },
        });
        watching = site.watch(over.signal);
        watching.catch(() => undefined);
      }, PATIENT.timeout);
      afterAll(async () => {
        over.abort();
        await site[Symbol.asyncDispose]();
      });

      // Each of these processes goes on from where the one before it died.
      test.each(RUN_PLACES)("run dies at %s", PATIENT, async (failpoint) => {
        dumps.push({ after: failpoint, dump: await site.crashRun(failpoint) });
      });

      test("a process that lives goes on from there", PATIENT, async () => {
        const dump = await site.dump();
        dumps.push({ after: "all of them", dump });
        await site.recover(dump);
      });

      test("no transaction is missing or doubled, none was acknowledged before it was archived", async () => {
        over.abort();
        expect(await watching).toBeGreaterThan(0);
        const { transactions } = await checkArchive(site.installation.archive);
        expect(transactions).toBeGreaterThan(dumps.length);
        await site.installation.tidemark(["verify", SOURCE]);
      });

      test(
        "every instant between two deaths is restored as it was",
        PATIENT,
        async () => {
          expect(dumps.length).toBe(RUN_PLACES.length + 1);
          for (const { after, dump } of dumps) {
            const result = await restoreDump(site, dump, { bare: true });
            if (result.kind === "unreachable") throw new Error(result.message);
            expect(result.differences, after).toEqual([]);
            await result.place.drop();
          }
        },
      );
    });
  },
  { own: true },
);
