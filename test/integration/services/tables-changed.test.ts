import { expect, test } from "vitest";
import { takeBase } from "../../../src/base/take-base.ts";
import { verifyAgainstSource } from "../../../src/restore/verify-against.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";
import { startService } from "../../support/service.ts";
import { tempDirectory } from "../../support/temp-directory.ts";
import { waitUntil } from "../../support/wait-until.ts";

describePostgres([15], (postgres) => {
  test("a selection of other tables is refused: what they do meanwhile would be missing without a word", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup:
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)",
    });
    await using directory = await tempDirectory();
    const options = {
      ...{ directory: directory.path, rpoMs: 100 },
      store: new MemoryStore(),
    };
    {
      await using service = await startService(prepared, options);
      await service.archived("a base", ({ bases }) => bases.length > 0);
      // The head, which is read again, says nothing of b: it is the same in either selection.
      await prepared.run("INSERT INTO a VALUES (1)");
      await service.archived("the head", ({ head }) => head.seq > 1);
      const base = takeBase(
        {
          ...{ ...service.supervised, catalog: await service.catalog() },
          ...{ tables: ["!public.b"], incarnation: 1, scope: "all" as const },
          streams: 1,
        },
        never,
      );
      await expect(base).rejects.toMatchObject({ code: "NOT_IN_THIS_VERSION" });
    }
    {
      await using service = await startService(prepared, {
        ...{ ...options, tables: ["!public.b"], ends: true },
      });
      await waitUntil("it is refused", () => {
        const state = service.state();
        return (
          state?.kind === "stopped" && state.code === "NOT_IN_THIS_VERSION"
        );
      });
      await prepared.run("INSERT INTO b VALUES (1)");
    }
    await using service = await startService(prepared, options);
    const compared = await verifyAgainstSource(
      {
        ...{ ...service.supervised, catalog: await service.catalog() },
        ...{ memoryBytes: 1 << 26, streams: 1, onProgress: () => undefined },
      },
      never,
    );
    expect(compared.tables.map(({ equal }) => equal)).toEqual([true, true]);
  });
});
