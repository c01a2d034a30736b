import { expect, test } from "vitest";
import { describePostgres } from "../../support/describe-postgres.ts";
import {
  prepareDatabase,
  type PreparedDatabase,
} from "../../support/postgres-source.ts";
import { waitUntil } from "../../support/wait-until.ts";

interface Recorded {
  readonly tag: string;
  /** Names, in order; null: every table. */
  readonly tables: readonly string[] | null;
}

describePostgres([14, 17, 18], (postgres) => {
  test.each([
    ["its index", "USING INDEX t_key", "DROP INDEX t_key"],
    [
      "its index (concurrently)",
      "USING INDEX t_key",
      "DROP INDEX CONCURRENTLY t_key",
    ],
    ["its key", "DEFAULT", "ALTER TABLE t DROP CONSTRAINT t_pkey"],
    ["its key's column", "DEFAULT", "ALTER TABLE t DROP COLUMN id"],
    ["its key's type", "DEFAULT", "DROP TYPE mood CASCADE"],
  ])(
    "a table that loses %s by which its rows are found lets them be changed all the same",
    async (_what, identity, sql) => {
      await using prepared = await prepareDatabase(postgres.server, {
        setup: `CREATE TYPE mood AS ENUM ('calm'); CREATE TABLE t (id int, mood mood, n int NOT NULL, PRIMARY KEY (id, mood));
          CREATE UNIQUE INDEX t_key ON t (n); ALTER TABLE t REPLICA IDENTITY ${identity}; INSERT INTO t VALUES (1, 'calm', 1)`,
      });
      await prepared.run(sql);
      await prepared.run("UPDATE t SET n = 2");
      await prepared.run("DELETE FROM t");
    },
  );

  test("a table whose rows are found by nothing, with a key and without: prepare gives it an identity", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: `CREATE TABLE keyed (id int PRIMARY KEY, n int); ALTER TABLE keyed REPLICA IDENTITY NOTHING;
        CREATE TABLE keyless (n int); ALTER TABLE keyless REPLICA IDENTITY NOTHING;
        CREATE TABLE dropped (id int NOT NULL, n int); CREATE UNIQUE INDEX gone ON dropped (id);
        ALTER TABLE dropped REPLICA IDENTITY USING INDEX gone; DROP INDEX gone`,
    });
    for (const table of ["keyed", "keyless", "dropped"]) {
      await prepared.run(`INSERT INTO ${table} VALUES (1)`);
      await prepared.run(`UPDATE ${table} SET n = 1`);
      await prepared.run(`DELETE FROM ${table}`);
    }
  });

  test("a command is recorded however short a time its session waits for locks", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE t (id int PRIMARY KEY)",
    });
    await using holder = await prepared.connect();
    await holder.query("BEGIN; LOCK TABLE tidemark.log");
    const altered = prepared.run(
      "SET lock_timeout = '1ms'; ALTER TABLE t ADD COLUMN n int",
    );
    await waitsForLog(prepared);
    await holder.query("COMMIT");
    await altered;
    expect(await recorded(prepared)).toEqual([
      { tag: "ALTER TABLE", tables: ["t"] },
    ]);
  });

  test("a table whose rows are values in others ends their history, too", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: `CREATE TABLE direct (a int, b int); CREATE TABLE u (id int PRIMARY KEY, v direct);
        CREATE TABLE listed (a int); CREATE DOMAIN list AS listed[]; CREATE TABLE w (id int PRIMARY KEY, v list);
        CREATE TABLE alone (a int); CREATE VIEW rows AS SELECT alone FROM alone`,
    });
    // What `prepare` did to tables without a key.
    const before = await recorded(prepared);
    for (const table of ["direct", "listed", "alone"])
      await prepared.run(
        `ALTER TABLE ${table} DROP COLUMN a, ADD COLUMN z int`,
      );
    const tables = (await recorded(prepared))
      .slice(before.length)
      .map((one) => one.tables);
    // When the column is dropped, and at the command's end.
    expect(tables).toEqual([
      ...[
        ["direct", "u"],
        ["direct", "u"],
      ],
      ...[
        ["listed", "w"],
        ["listed", "w"],
      ],
      ...[["alone"], ["alone"]],
    ]);
  });

  test("what is dropped of a table ends that table's history and no other's", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup:
        "CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 1 CONSTRAINT small CHECK (n < 9))",
    });
    await prepared.run("ALTER TABLE t DROP CONSTRAINT small");
    await prepared.run("ALTER TABLE t ALTER n DROP DEFAULT");
    const tables = (await recorded(prepared)).map((one) => one.tables);
    expect(tables).toContainEqual(["t"]);
    expect(tables).not.toContain(null);
  });

  test("what is made and dropped in a temporary table, and of it, is not recorded", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE names (id regclass PRIMARY KEY)",
    });
    await prepared.run(`CREATE TEMP TABLE t (id serial PRIMARY KEY, n int DEFAULT 1 CHECK (n < 9), up int REFERENCES t);
      CREATE RULE quiet AS ON INSERT TO t DO ALSO NOTHING; CREATE POLICY p ON t;
      CREATE FUNCTION pg_temp.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
      CREATE TRIGGER each BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION pg_temp.f();
      CREATE TEMP VIEW v AS SELECT 1 AS one`);
    await prepared.run(
      "ALTER TABLE t ALTER n DROP DEFAULT; DROP RULE quiet ON t; DROP VIEW v; DROP TABLE t",
    );
    expect(await recorded(prepared)).toEqual([]);
  });

  test("what a command concerns is not known where its snapshot may not show it, and it goes through", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup:
        "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE names (id int PRIMARY KEY)",
    });
    await using early = await prepared.connect();
    await early.query(
      "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM parent",
    );
    await prepared.run(
      "CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (parent); ALTER TABLE names ADD one regclass",
    );
    const before = (await recorded(prepared)).length;
    await early.query("ALTER TABLE parent ADD n int DEFAULT 5");
    await early.query("ALTER TABLE names ADD two regclass");
    await early.query("COMMIT");
    expect((await recorded(prepared)).slice(before)).toEqual([
      { tag: "ALTER TABLE", tables: null },
      { tag: "ALTER TABLE", tables: null },
    ]);
  });

  test("an index that is built anew ends nothing", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE t (id int PRIMARY KEY)",
    });
    await prepared.run("REINDEX TABLE t");
    await prepared.run("REINDEX INDEX CONCURRENTLY t_pkey");
    expect(await recorded(prepared)).toEqual([]);
  });
});

/** What the trigger wrote since the publication was made. */
async function recorded(
  prepared: PreparedDatabase,
): Promise<readonly Recorded[]> {
  await using client = await prepared.connect();
  const { rows } = await client.query<Recorded>(
    `SELECT name AS tag, CASE WHEN body::json ->> 'tables' IS NOT NULL THEN (
         SELECT coalesce(json_agg(value::text::oid::regclass::text), '[]') FROM json_array_elements(body::json -> 'tables')) END AS tables
       FROM tidemark.log WHERE kind = 'ddl' AND name <> 'CREATE PUBLICATION' ORDER BY id`,
  );
  return rows;
}

async function waitsForLog(prepared: PreparedDatabase): Promise<void> {
  await waitUntil("it waits for the log", async () => {
    const waiting = await prepared.ask(
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%ADD COLUMN n int'",
    );
    return waiting.length > 0;
  });
}
