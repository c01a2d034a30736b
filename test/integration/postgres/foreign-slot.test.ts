import { expect, test } from "vitest";
import { PostgresSourceAdmin } from "../../../src/engine/postgres/admin/postgres-source-admin.ts";
import { codeOf } from "../../support/caught.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { addressOf, prepareDatabase } from "../../support/postgres-source.ts";

describePostgres([15, 18], (postgres) => {
  test("a database whose source has the name of another one's leaves that one's slot alone", async () => {
    await using prepared = await prepareDatabase(postgres.server);
    const other = await postgres.server.createDatabase();
    const admin = new PostgresSourceAdmin(
      prepared.source,
      addressOf(postgres.server.url(other)),
    );
    expect(await codeOf(() => admin.planPrepare(never))).toBe("PREFLIGHT");
    expect(await codeOf(() => admin.startPosition(never))).toBe("PREFLIGHT");
    expect(await admin.diagnose(never)).toContainEqual(
      expect.objectContaining({
        code: "slot-foreign",
        message: expect.stringContaining(prepared.database) as string,
      }),
    );
    await admin.prepare(await admin.planForget(never), never);
    await prepared.admin.startPosition(never);
  });

  test("what somebody keeps in the schema tidemark outlives what is forgotten", async () => {
    await using prepared = await prepareDatabase(postgres.server);
    await prepared.run("CREATE TABLE tidemark.mine (id int)");
    const forget = async () =>
      prepared.admin.prepare(await prepared.admin.planForget(never), never);
    await expect(forget()).rejects.toThrow(/tidemark/);
    await prepared.run("DROP TABLE tidemark.mine");
    await forget();
    expect((await prepared.admin.planForget(never)).steps).toEqual([]);
  });

  test("old rows of the log go in a database that is never idle, too", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE SEQUENCE s",
    });
    await prepared.admin.mark("old", never);
    await prepared.run("UPDATE tidemark.log SET at = at - interval '1 day'");
    await prepared.run("SELECT nextval('s')");
    await prepared.admin.recordSequences(never);
    await using client = await prepared.connect();
    const { rows } = await client.query<{ kind: string }>(
      "SELECT kind FROM tidemark.log",
    );
    expect(rows).toEqual([{ kind: "sequence" }]);
  });
});
