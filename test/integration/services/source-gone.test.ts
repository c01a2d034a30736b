import { expect, test } from "vitest";
import { describePostgres } from "../../support/describe-postgres.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import {
  prepareDatabase,
  type PreparedDatabase,
} from "../../support/postgres-source.ts";
import { startPostgres } from "../../support/postgres.ts";
import { startService, type TestService } from "../../support/service.ts";
import { tempDirectory } from "../../support/temp-directory.ts";
import { waitUntil } from "../../support/wait-until.ts";

/** No segment is cut by time in these tests. */
const RPO_MS = 3_600_000;

describePostgres(
  [15],
  ({ major }) => {
    test("what a source sent before it died reaches the archive at once", async () => {
      await using server = await startPostgres(major);
      await using prepared = await prepareDatabase(server, {
        setup: "CREATE TABLE t (id int PRIMARY KEY)",
      });
      await using directory = await tempDirectory();
      await using service = await startService(prepared, {
        directory: directory.path,
        rpoMs: RPO_MS,
      });
      const seq = await insertIntoJournal(prepared, service);

      await server.kill();
      const state = await service.archived(
        "the rest is archived",
        ({ head }) => head.seq >= seq,
      );
      expect(state.segments.at(-1)?.proved).toBe(false);
      expect(state.proved.seq).toBeLessThan(seq);

      await server.start();
      await prepared.run("INSERT INTO t VALUES (2)");
      await prepared.admin.mark("after", never);
      const after = await service.archived(
        "history goes on",
        ({ head }) => head.seq >= seq + 2,
      );
      expect(after.segments.at(-1)?.proved).toBe(true);
      expect(after.proved.seq).toBe(after.head.seq);
      expect(after.gaps).toEqual([]);
    });

    test("what a killed run left in the journal is archived although the source is dead", async () => {
      await using server = await startPostgres(major);
      await using prepared = await prepareDatabase(server, {
        setup: "CREATE TABLE t (id int PRIMARY KEY)",
      });
      await using directory = await tempDirectory();
      const store = new MemoryStore();
      const options = { directory: directory.path, rpoMs: RPO_MS, store };
      let seq = 0;
      {
        await using service = await startService(prepared, options);
        seq = await insertIntoJournal(prepared, service);
      }
      await server.kill();
      await using service = await startService(prepared, options);
      await service.archived(
        "the rest is archived",
        ({ head }) => head.seq >= seq,
      );
      await waitUntil("the source is waited for", () => {
        const state = service.state();
        return state?.kind === "waiting" && state.code === "SERVER_UNREACHABLE";
      });
      await server.start();
    });

    test("a stop archives what is in the journal", async () => {
      await using server = await startPostgres(major);
      await using prepared = await prepareDatabase(server, {
        setup: "CREATE TABLE t (id int PRIMARY KEY)",
      });
      await using directory = await tempDirectory();
      const store = new MemoryStore();
      let seq;
      let catalog;
      {
        await using service = await startService(prepared, {
          ...{ directory: directory.path, rpoMs: RPO_MS, store },
          shutdownMs: 20_000,
        });
        seq = await insertIntoJournal(prepared, service);
        catalog = await service.catalog();
      }
      await catalog.refresh(never);
      expect(catalog.state.head.seq).toBe(seq);
    });
  },
  { own: true },
);

/** A transaction that is durable in the journal and not yet in the archive; returns its seq. */
async function insertIntoJournal(
  prepared: PreparedDatabase,
  service: TestService,
): Promise<number> {
  const { head } = await service.archived(
    "there is a base",
    ({ bases }) => bases.length > 0,
  );
  const seq = head.seq + 1;
  await prepared.run("INSERT INTO t VALUES (1)");
  await waitUntil("it is in the journal", async () => {
    return (
      (await service.journal.find(prepared.source, seq, never)) !== undefined
    );
  });
  const catalog = await service.catalog();
  expect(catalog.state.head.seq).toBe(head.seq);
  return seq;
}
