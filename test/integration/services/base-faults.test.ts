import { expect, test } from "vitest";
import { openCatalog } from "../../../src/archive/catalog.ts";
import { takeBase } from "../../../src/base/take-base.ts";
import { verifyAgainstSource } from "../../../src/restore/verify-against.ts";
import { verifyArchive } from "../../../src/restore/verify-archive.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import {
  FaultyStore,
  STORE_CALLS,
  type StoreFault,
} from "../../support/faulty-store.ts";
import { never } from "../../support/never.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";
import { startService } from "../../support/service.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const FAILS = ["before", "after"] as const;

describePostgres([18], (postgres) => {
  test.each(FAILS)(
    "a base whose n-th call of the store fails %s it took effect says so or is whole, and the next one goes on",
    { timeout: 180_000 },
    async (fails) => {
      await using prepared = await prepareDatabase(postgres.server, {
        setup: ["a", "b"]
          .map((name) => `CREATE TABLE ${name} AS SELECT 1 AS id`)
          .join(";"),
      });
      await using directory = await tempDirectory();
      await using service = await startService(prepared, {
        ...{ directory: directory.path, rpoMs: 50 },
      });
      await service.archived("a first base", ({ bases }) => bases.length > 0);
      const { supervised } = service;
      const ends = { whole: 0, said: 0 };
      for (let nth = 1; ; nth++) {
        const fault: StoreFault = { calls: STORE_CALLS, nth, fails };
        const store = new FaultyStore(service.store);
        const catalog = await openCatalog({ ...supervised, store }, never);
        await prepared.run("INSERT INTO a VALUES (1); DELETE FROM b");
        store.seen.length = 0;
        store.fail(fault);
        try {
          await takeBase(
            {
              ...{ ...supervised, store, catalog, incarnation: 1 },
              ...{ scope: "all", streams: 1 },
            },
            never,
          );
          ends.whole += 1;
        } catch (error) {
          expect(error).toMatchObject({ code: "STORE_UNREACHABLE" });
          ends.said += 1;
        }
        if (store.seen.length < nth) break;
      }
      expect(ends.said).toBeGreaterThan(10);
      const catalog = await service.catalog();
      const work = { workFolder: directory.path, onProgress: () => undefined };
      const { findings } = await verifyArchive(
        { ...supervised, ...work },
        never,
      );
      expect(findings).toEqual([]);
      expect(catalog.state.bases).toHaveLength(1 + ends.whole);
      const { tables } = await verifyAgainstSource(
        { ...supervised, ...work, catalog, memoryBytes: 1 << 26, streams: 1 },
        never,
      );
      expect(tables.map(({ equal }) => equal)).toEqual([true, true]);
    },
  );
});
