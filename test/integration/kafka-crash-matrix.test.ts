import { expect, test } from "vitest";
import { KAFKA_JOURNAL_FAILPOINTS } from "../../src/journal/kafka/journal-failpoints.ts";
import { CAPTURE_FAILPOINTS } from "../../src/services/capture.ts";
import { checkArchive } from "../oracle/archive-reader.ts";
import { CrashSite } from "../oracle/crash-site.ts";
import type { SourceDump } from "../oracle/dump.ts";
import { SOURCE } from "../oracle/installation.ts";
import { dropDatabase, restoreDump } from "../oracle/restore-dump.ts";
import { describeKafka } from "../support/describe-kafka.ts";
import { describePostgres } from "../support/describe-postgres.ts";

/** What `run` comes to over and over; the journal's own matrix has the rest of it. */
const RUN_PLACES = [
  ...CAPTURE_FAILPOINTS.map((name) => `${name}:3`),
  ...KAFKA_JOURNAL_FAILPOINTS.filter((name) =>
    ["kafka.claimed", "kafka.before-send", "kafka.frame-sent"].includes(name),
  ).map((name) => (name === "kafka.claimed" ? `${name}:1` : `${name}:5`)),
];

describePostgres(
  [17],
  ({ major }) => {
    describeKafka("with its journal in Kafka", (kafka) => {
      test(
        "whatever dies, no transaction is missing or doubled, and every instant is restored",
        { timeout: 300_000 },
        async () => {
          const seed = `${Math.random()}`;
          console.log(`seed ${seed}`);
          const { brokers } = kafka.server;
          await using site = await CrashSite.open(major, seed, {
            kafka: { brokers, prefix: kafka.newPrefix() },
          });
          const over = new AbortController();
          const watching = site.watch(over.signal);
          watching.catch(() => undefined);
          const dumps: SourceDump[] = [];
          for (const place of RUN_PLACES) {
            dumps.push(await site.crashRun(place));
          }
          const last = await site.dump();
          await site.recover(last);
          over.abort();
          expect(await watching).toBeGreaterThan(0);
          const { archive } = site.installation;
          const { transactions } = await checkArchive(archive);
          expect(transactions).toBeGreaterThan(dumps.length);
          for (const dump of [...dumps, last]) {
            const result = await restoreDump(site, dump, { bare: true });
            if (result.kind === "unreachable") throw new Error(result.message);
            expect(result.differences).toEqual([]);
            await dropDatabase(site.server, result.database);
          }
          await site.installation.tidemark(["verify", SOURCE]);
        },
      );
    });
  },
  { own: true },
);
