import { expect, test } from "vitest";
import { CATALOG_FAILPOINTS } from "../../src/archive/entry-log.ts";
import { BASE_FAILPOINTS } from "../../src/base/take-base.ts";
import { ARCHIVER_FAILPOINTS } from "../../src/services/archiver.ts";
import { checkArchive } from "../oracle/archive-reader.ts";
import { CrashSite } from "../oracle/crash-site.ts";
import type { SourceDump } from "../oracle/dump.ts";
import { SOURCE } from "../oracle/installation.ts";
import { dropDatabase, restoreDump } from "../oracle/restore-dump.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { describeS3 } from "../support/describe-s3.ts";
import { useLogin } from "../support/s3-server.ts";

/** What lies between two requests to the bucket; the whole matrix is run over a directory. */
const RUN_PLACES = [
  ...ARCHIVER_FAILPOINTS.map((name) => `${name}:2`),
  ...CATALOG_FAILPOINTS.filter(
    (name) => name !== "catalog.checkpoint-written",
  ).map((name) => `${name}:3`),
];

describePostgres(
  [17],
  ({ major }) => {
    describeS3("with its archive in S3", (s3) => {
      test(
        "whatever dies between two requests, no transaction is missing or doubled, and every instant is restored",
        { timeout: 300_000 },
        async () => {
          const seed = `${Math.random()}`;
          console.log(`seed ${seed}`);
          const { endpoint, root: login } = s3.server;
          useLogin(login);
          const bucket = await s3.server.makeBucket();
          await using site = await CrashSite.open(major, seed, {
            bucket: { endpoint, bucket, login },
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
          for (const place of BASE_FAILPOINTS) {
            await site.crashBase(`${place}:1`);
          }
          await site.installation.tidemark(["base", SOURCE]);
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
