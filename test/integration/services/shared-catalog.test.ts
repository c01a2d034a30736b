import { expect, test } from "vitest";
import { catalogPrefix } from "../../../src/archive/keys.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { FaultyStore } from "../../support/faulty-store.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";
import { startService } from "../../support/service.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

describePostgres([18], (postgres) => {
  test("what works beside capture holds one catalog in memory, however much that is", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE t (id int PRIMARY KEY)",
    });
    await using directory = await tempDirectory();
    const store = new FaultyStore(new MemoryStore());
    await using service = await startService(prepared, {
      ...{ directory: directory.path, rpoMs: 50, store },
    });
    await service.archived("a base", ({ bases }) => bases.length > 0);
    // Whoever opens a catalog lists what follows its head: capture, the rest of the service, and this test.
    const opened = store.seen.filter(
      ({ call, key }) =>
        call === "list" && key === catalogPrefix(prepared.source),
    );
    expect(opened).toHaveLength(3);
  });
});
