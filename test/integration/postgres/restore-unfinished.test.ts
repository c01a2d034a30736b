import { expect, test } from "vitest";
import { PostgresSourceAdmin } from "../../../src/engine/postgres/admin/postgres-source-admin.ts";
import { parseSourceName } from "../../../src/core/source-name.ts";
import { codeOf } from "../../support/caught.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { addressOf } from "../../support/postgres-source.ts";

describePostgres([15], (postgres) => {
  test("a database in which a restore was killed is no source before that is put right", async () => {
    const database = await postgres.server.createDatabase();
    const admin = new PostgresSourceAdmin(
      parseSourceName("restored"),
      addressOf(postgres.server.url(database)),
    );
    await using client = await postgres.server.connect(database);
    await client.query("CREATE SCHEMA tidemark_restore");
    expect(await admin.diagnose(never)).toContainEqual(
      expect.objectContaining({ code: "restore-unfinished" }),
    );
    expect(await codeOf(() => admin.planPrepare(never))).toBe("PREFLIGHT");
    await client.query("DROP SCHEMA tidemark_restore");
    await admin.planPrepare(never);
  });
});
