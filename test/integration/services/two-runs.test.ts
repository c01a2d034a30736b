import { expect, test } from "vitest";
import { describePostgres } from "../../support/describe-postgres.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";
import { startService } from "../../support/service.ts";
import { tempDirectory } from "../../support/temp-directory.ts";
import { waitUntil } from "../../support/wait-until.ts";

describePostgres([15], (postgres) => {
  test("a second run with the same journal stops, and the first one goes on", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE t (id int PRIMARY KEY)",
    });
    await using directory = await tempDirectory();
    await using first = await startService(prepared, {
      ...{ directory: directory.path, rpoMs: 100 },
    });
    const { epoch } = await first.archived(
      "a first base",
      ({ bases }) => bases.length > 0,
    );
    await using second = await startService(prepared, {
      ...{ directory: directory.path, rpoMs: 100, store: first.store },
      ends: true,
    });
    await waitUntil("the second one stops", () => {
      const state = second.state();
      return state?.kind === "stopped" && state.code === "JOURNAL_LOCKED";
    });
    await prepared.run("INSERT INTO t VALUES (1)");
    const { head } = (await first.catalog()).state;
    const after = await first.archived(
      "the first one goes on",
      (state) => state.head.seq > head.seq,
    );
    expect(after.epoch).toBe(epoch);
    expect(first.state()).toEqual({ kind: "running" });
  });
});
