import { afterAll, beforeAll, expect, test } from "vitest";
import { CATALOG_FAILPOINTS } from "../../src/archive/entry-log.ts";
import { BASE_FAILPOINTS } from "../../src/base/take-base.ts";
import { TARGET_FAILPOINTS } from "../../src/engine/postgres/target/target-failpoints.ts";
import { JOURNAL_FAILPOINTS } from "../../src/journal/directory/journal-failpoints.ts";
import { RESTORE_FAILPOINTS } from "../../src/restore/restore.ts";
import { ARCHIVER_FAILPOINTS } from "../../src/services/archiver.ts";
import { CAPTURE_FAILPOINTS } from "../../src/services/capture.ts";
import { STORE_FAILPOINTS } from "../../src/storage/directory/create-object.ts";
import { checkArchive } from "../oracle/archive-reader.ts";
import { CrashSite } from "../oracle/crash-site.ts";
import type { SourceDump } from "../oracle/dump.ts";
import { SOURCE } from "../oracle/installation.ts";
import { startPostgresEngine } from "../oracle/postgres/postgres-engine.ts";
import { restoreDump } from "../oracle/restore-dump.ts";
import { describePostgres } from "../support/describe-postgres.ts";

/** Where `run` dies: the first time that it comes there, and once in the middle of its work. */
const RUN_PLACES = [
  ...CAPTURE_FAILPOINTS.flatMap((name) => [`${name}:1`, `${name}:4`]),
  ...ARCHIVER_FAILPOINTS.flatMap((name) => [`${name}:1`, `${name}:3`]),
  // A checkpoint is due every 1000 entries: the catalog's own matrix comes to it. The first entry is the writer's.
  ...CATALOG_FAILPOINTS.filter(
    (name) => name !== "catalog.checkpoint-written",
  ).flatMap((name) => [`${name}:1`, `${name}:3`]),
  // The first ones are the probe's of a store.
  ...STORE_FAILPOINTS.flatMap((name) => [`${name}:1`, `${name}:40`]),
  // The journal's own matrix has the rest of it.
  ...JOURNAL_FAILPOINTS.filter((name) => name.includes("frame")).map(
    (name) => `${name}:5`,
  ),
];

/** The ninth part is of a table behind several that are done. */
const BASE_PLACES = [
  ...BASE_FAILPOINTS.map((name) => `${name}:1`),
  "base.part-written:9",
];

/** Its entry is the first that a restore writes. */
const RESTORE_ENTRY_PLACES = ["catalog.before-entry", "catalog.entry-written"];

/** Of what there are many: the first, and one behind several. */
const RESTORE_PLACES = [
  ...RESTORE_ENTRY_PLACES,
  ...RESTORE_FAILPOINTS,
  ...TARGET_FAILPOINTS.map((name) => `${name}:1`),
  ...["target.object-made:9", "target.table-loaded:3"],
];

/** Where nothing is left of a restore but to say so. */
const FINISHED = [
  "restore.completed",
  ...RESTORE_ENTRY_PLACES,
  "restore.reported",
];

const PATIENT = { timeout: 180_000 };
const AT_ONCE = 2;

describePostgres(
  [18],
  ({ major }) => {
    let site: CrashSite;
    const dumps: { readonly after: string; readonly dump: SourceDump }[] = [];
    const over = new AbortController();
    let watching: Promise<number>;

    beforeAll(async () => {
      const seed = `${Math.random()}`;
      console.log(`seed ${seed}`);
      site = await CrashSite.open(await startPostgresEngine(major), seed);
      watching = site.watch(over.signal);
      watching.catch(() => undefined);
    }, PATIENT.timeout);
    afterAll(async () => {
      over.abort();
      await site[Symbol.asyncDispose]();
    });

    function lastDump(): SourceDump {
      const last = dumps.at(-1);
      if (last === undefined) throw new Error("there is no dump");
      return last.dump;
    }

    async function expectRestored(
      { after, dump }: (typeof dumps)[number],
      failpoint?: string,
    ): Promise<void> {
      const manner = failpoint === undefined ? {} : { failpoint };
      const result = await restoreDump(site, dump, manner);
      if (result.kind === "unreachable") throw new Error(result.message);
      expect(result.differences, after).toEqual([]);
      expect(result.killed).toBe(failpoint !== undefined);
      expect(result.alreadyRestored).toBe(
        failpoint !== undefined && FINISHED.includes(failpoint),
      );
      await result.place.drop();
    }

    // Each of these processes goes on from where the one before it died.
    test.each(RUN_PLACES)("run dies at %s", PATIENT, async (failpoint) => {
      dumps.push({ after: failpoint, dump: await site.crashRun(failpoint) });
    });

    test("a process that lives goes on from there", PATIENT, async () => {
      await site.recover(lastDump());
    });

    test.each(BASE_PLACES)("base dies at %s", PATIENT, async (failpoint) => {
      await site.crashBase(failpoint);
    });

    test("after them a base is taken whole", PATIENT, async () => {
      await site.installation.tidemark(["base", SOURCE]);
      dumps.push({ after: "bases", dump: await site.dump() });
      await site.settle(lastDump());
    });

    test("no transaction is missing or doubled, none was acknowledged before it was archived", async () => {
      const { transactions } = await checkArchive(site.installation.archive);
      expect(transactions).toBeGreaterThan(dumps.length);
      over.abort();
      expect(await watching).toBeGreaterThan(dumps.length);
    });

    test(
      "every instant between two deaths is restored as it was",
      PATIENT,
      async () => {
        expect(dumps.length).toBe(RUN_PLACES.length + 1);
        const waiting = [...dumps];
        const next = async () => {
          for (let one = waiting.pop(); one; one = waiting.pop())
            await expectRestored(one);
        };
        await Promise.all(Array.from({ length: AT_ONCE }, next));
      },
    );

    test.each(RESTORE_PLACES)(
      "restore dies at %s and is resumed to the same result, in the catalog once",
      PATIENT,
      async (failpoint) => {
        await expectRestored({ after: failpoint, dump: lastDump() }, failpoint);
      },
    );
  },
  { own: true },
);
