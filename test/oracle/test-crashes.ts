import { afterAll, beforeAll, expect, test } from "vitest";
import { checkArchive } from "./archive-reader.ts";
import { type CrashPlaces, RESTORE_ENTRY_PLACES } from "./crash-places.ts";
import { CrashSite } from "./crash-site.ts";
import type { SourceDump } from "./dump.ts";
import type { OracleEngine } from "./engine.ts";
import { SOURCE } from "./installation.ts";
import { restoreDump } from "./restore-dump.ts";

/** Where nothing is left of a restore but to say so. */
const FINISHED = [
  "restore.completed",
  ...RESTORE_ENTRY_PLACES,
  "restore.reported",
];

const PATIENT = { timeout: 180_000 };

/** The tests of one engine, to stand in a suite of its own: `run`, bases and restores die at each of the places, and go on. */
export function testCrashes(
  start: () => Promise<OracleEngine>,
  { runPlaces, basePlaces, restorePlaces }: CrashPlaces,
): void {
  let site: CrashSite;
  const dumps: { readonly after: string; readonly dump: SourceDump }[] = [];
  const over = new AbortController();
  let watching: Promise<number>;

  beforeAll(async () => {
    const seed = `${Math.random()}`;
    console.log(`seed ${seed}`);
    site = await CrashSite.open(await start(), seed);
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
  test.each(runPlaces)("run dies at %s", PATIENT, async (failpoint) => {
    dumps.push({ after: failpoint, dump: await site.crashRun(failpoint) });
  });

  test("a process that lives goes on from there", PATIENT, async () => {
    await site.recover(lastDump());
  });

  test.each(basePlaces)("base dies at %s", PATIENT, async (failpoint) => {
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
      expect(dumps.length).toBe(runPlaces.length + 1);
      const waiting = [...dumps];
      const next = async () => {
        for (let one = waiting.pop(); one; one = waiting.pop())
          await expectRestored(one);
      };
      await Promise.all(Array.from({ length: site.engine.atOnce }, next));
    },
  );

  test.each(restorePlaces)(
    "restore dies at %s and is resumed to the same result, in the catalog once",
    PATIENT,
    async (failpoint) => {
      await expectRestored({ after: failpoint, dump: lastDump() }, failpoint);
    },
  );
}
