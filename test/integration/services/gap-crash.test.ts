import { afterEach, expect, test } from "vitest";
import { TableHistories } from "../../../src/archive/table-history.ts";
import { sourceObjects } from "../../../src/engine/postgres/names.ts";
import { installFailpoint } from "../../../src/platform/failpoints.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";
import { startService } from "../../support/service.ts";
import { tempDirectory } from "../../support/temp-directory.ts";
import { waitUntil } from "../../support/wait-until.ts";

afterEach(() => installFailpoint(undefined));

describePostgres([15], (postgres) => {
  test("a run that dies between a gap and its epoch: the next one writes the gap again, and history goes on behind both", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE t (id int PRIMARY KEY)",
    });
    await using directory = await tempDirectory();
    const options = {
      ...{ directory: directory.path, rpoMs: 100 },
      store: new MemoryStore(),
    };
    {
      await using service = await startService(prepared, options);
      await service.archived("a first base", ({ bases }) => bases.length > 0);
    }
    const { publication } = sourceObjects(prepared.source);
    for (const publish of ["insert", "insert, update, delete, truncate"])
      await prepared.run(
        `ALTER PUBLICATION ${publication} SET (publish = '${publish}')`,
      );
    {
      const entries: string[] = [];
      installFailpoint((name) => {
        if (name !== "catalog.entry-written") return;
        entries.push(name);
        throw new Error("died");
      });
      await using service = await startService(prepared, {
        ...{ ...options, ends: true },
      });
      await waitUntil("it has died", () => service.state()?.kind === "stopped");
      installFailpoint(undefined);
      const { state } = await service.catalog();
      expect([entries.length, state.gaps.length]).toEqual([1, 1]);
      expect(state.source.preparation).toBe(state.gaps[0]?.detail["was"]);
    }
    await using service = await startService(prepared, options);
    await prepared.run("INSERT INTO t VALUES (1)");
    const state = await service.archived(
      "a base behind the gap",
      (now) =>
        now.bases.length > 1 &&
        new TableHistories(now).needsBase() === undefined,
    );
    expect(state.gaps).toHaveLength(2);
    expect(new Set(state.gaps.map(({ afterSeq }) => afterSeq)).size).toBe(1);
    const [gap] = state.gaps;
    const [table] = state.bases.at(-1)?.tables ?? [];
    const before = new TableHistories(state).baseAt(
      table?.table ?? 0,
      (gap?.afterSeq ?? 0) + 1,
    );
    expect(before).toMatchObject({
      why: expect.stringContaining("PREPARATION_CHANGED") as string,
    });
  });
});
