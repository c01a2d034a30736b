import { afterEach, expect, test } from "vitest";
import { takeBase } from "../../../src/base/take-base.ts";
import { PostgresTableReader } from "../../../src/engine/postgres/reader/postgres-table-reader.ts";
import { installFailpoint } from "../../../src/platform/failpoints.ts";
import { verifyAgainstSource } from "../../../src/restore/verify-against.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";
import { startService } from "../../support/service.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const SETUP = "CREATE TABLE t AS SELECT 1 AS id";

afterEach(() => installFailpoint(undefined));

describePostgres([15], (postgres) => {
  test("rows of another database never become a base of this archive, nor are they compared with it", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: SETUP,
    });
    // On the same server, so that its positions are the archive's.
    await using other = await prepareDatabase(postgres.server, {
      setup: SETUP,
    });
    await using directory = await tempDirectory();
    await using service = await startService(prepared, {
      ...{ directory: directory.path, rpoMs: 100 },
    });
    await service.archived("a first base", ({ bases }) => bases.length > 0);
    const catalog = await service.catalog();
    const theirs = {
      ...{ ...service.supervised, catalog, streams: 1 },
      admin: other.admin,
      reader: new PostgresTableReader(other.address, () => true),
    };
    const base = { ...theirs, incarnation: 1, scope: "all" } as const;
    const copied = passedFailpoints("base.");
    await expect(takeBase(base, never)).rejects.toMatchObject({
      code: "SOURCE_DIVERGED",
    });
    // No copy either, which the next base would go on with.
    expect(copied).toEqual(["base.intent-written"]);

    const comparison = { ...theirs, memoryBytes: 1 << 26, onProgress: () => 0 };
    await expect(verifyAgainstSource(comparison, never)).rejects.toMatchObject({
      code: "SOURCE_DIVERGED",
    });
    await catalog.refresh(never);
    expect(catalog.state.bases).toHaveLength(1);
  });
});

/** Those that are passed from now on. */
function passedFailpoints(prefix: string): readonly string[] {
  const passed: string[] = [];
  installFailpoint((name) => {
    if (name.startsWith(prefix)) passed.push(name);
  });
  return passed;
}
