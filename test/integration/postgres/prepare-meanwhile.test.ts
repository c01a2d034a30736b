import { expect, test } from "vitest";
import { parseSourceName } from "../../../src/core/source-name.ts";
import { waitForOthers } from "../../../src/engine/postgres/admin/plan-prepare.ts";
import { PostgresSourceAdmin } from "../../../src/engine/postgres/admin/postgres-source-admin.ts";
import { caught } from "../../support/caught.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { type TestClient, uniqueName } from "../../support/postgres-client.ts";
import { addressOf, prepareDatabase } from "../../support/postgres-source.ts";
import { waitUntil } from "../../support/wait-until.ts";

describePostgres([14, 18], (postgres) => {
  test("prepare sees what a transaction made that began before the DDL trigger and ends after it", async () => {
    const { server } = postgres;
    const database = await server.createDatabase();
    const source = parseSourceName(uniqueName("s"));
    const address = addressOf(server.url(database));
    const admin = new PostgresSourceAdmin(source, address);
    await using client = await server.connect(database);
    await using open = await server.connect(database);
    await open.query(
      "BEGIN; CREATE TABLE t (id int); CREATE TABLE names (id int PRIMARY KEY, value regclass); INSERT INTO t VALUES (1)",
    );
    const preparing = admin.prepare(await admin.planPrepare(never), never);
    await waitUntil("prepare waits for it", async () => {
      const waiting = await client.query(
        "SELECT FROM pg_stat_activity WHERE query LIKE 'DO %' AND wait_event = 'PgSleep' AND datname = current_database()",
      );
      return waiting.rows.length > 0;
    });
    await open.query("COMMIT");
    await preparing;
    expect((await admin.planPrepare(never)).steps).toEqual([]);
    await client.query("UPDATE t SET id = 2");
    await client.query("ALTER TABLE t RENAME TO u");
    expect(await endsHistory(client, "names")).toBe(true);
    await admin.forget(await admin.planForget(never), never);
  });

  test("prepare does not wait for ever for a transaction, names it, and waits again the next time", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE t (id int PRIMARY KEY)",
    });
    const { admin } = prepared;
    await using open = await prepared.connect();
    await open.query("BEGIN; CREATE TABLE names (value regclass)");
    const { rows } = await open.query<{ pid: number }>(
      "SELECT pg_backend_pid() AS pid",
    );
    await prepared.run("DROP EVENT TRIGGER tidemark_ddl");
    const { steps } = await admin.planPrepare(never);
    // As planned, but for its patience.
    const hasty = steps.map((step) =>
      step.sql === waitForOthers(60)
        ? { ...step, sql: waitForOthers(1) }
        : step,
    );
    const refused = await caught(() => admin.prepare({ steps: hasty }, never));
    expect(refused.message).toContain(`pid ${rows[0]?.pid} (`);
    expect((await admin.diagnose(never)).map(({ code }) => code)).toContain(
      "prepare-unfinished",
    );
    await open.query("COMMIT");
    await admin.prepare(await admin.planPrepare(never), never);
    expect((await admin.planPrepare(never)).steps).toEqual([]);
    await prepared.run("UPDATE names SET value = NULL");
    await prepared.run("ALTER TABLE t RENAME TO u");
    await using client = await prepared.connect();
    expect(await endsHistory(client, "names")).toBe(true);
  });

  test("prepare sees what was made while the DDL trigger was off", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE t (id int PRIMARY KEY)",
    });
    const { admin } = prepared;
    await prepared.run("ALTER EVENT TRIGGER tidemark_ddl DISABLE");
    await prepared.run(
      "CREATE TABLE names (id int PRIMARY KEY, value regclass)",
    );
    await admin.prepare(await admin.planPrepare(never), never);
    expect((await admin.planPrepare(never)).steps).toEqual([]);
    await prepared.run("ALTER TABLE t RENAME TO u");
    await using client = await prepared.connect();
    expect(await endsHistory(client, "names")).toBe(true);
  });

  test("forget does not keep DDL commands waiting behind somebody's transaction", async () => {
    await using prepared = await prepareDatabase(postgres.server);
    const { admin } = prepared;
    await using open = await prepared.connect();
    await open.query("BEGIN; CREATE TABLE t (id int PRIMARY KEY)");
    const refused = await caught(async () =>
      admin.forget(await admin.planForget(never), never),
    );
    expect(refused.hint).toContain("try again once it has ended");
    await open.query("COMMIT");
    expect((await admin.planPrepare(never)).steps).toEqual([]);
  });
});

async function endsHistory(
  client: TestClient,
  table: string,
): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM tidemark.log, json_array_elements_text(body::json -> 'tables') AS one (named)
      WHERE name = 'ALTER TABLE' AND json_typeof(body::json -> 'tables') = 'array' AND named::oid = $1::regclass`,
    [table],
  );
  return rows.length > 0;
}
