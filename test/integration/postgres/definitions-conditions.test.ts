import { beforeAll, expect, test } from "vitest";
import type { RunQuery } from "../../../src/engine/postgres/definitions/query.ts";
import { readDefinitions } from "../../../src/engine/postgres/definitions/read-definitions.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { fillDatabase, makeRoles } from "../../support/every-object.ts";
import { missingService } from "../../support/missing-service.ts";
import {
  availablePostgres,
  openSharedPostgres,
} from "../../support/postgres.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";
import {
  copyRows,
  definitionsOf,
  runDefinitions,
} from "../../support/run-definitions.ts";

describePostgres([14, 18], (postgres) => {
  let database: string;

  beforeAll(async () => {
    database = await postgres.server.createDatabase();
    await using client = await postgres.server.connect(database);
    await makeRoles(client);
    await fillDatabase(client, postgres.major);
  });

  test("reading leaves no lock on a user's table, view or sequence", async () => {
    await using client = await postgres.server.connect(database);
    const query: RunQuery = async (sql) =>
      (await client.query<Record<string, unknown>>(sql)).rows;
    await client.query("BEGIN READ ONLY; SET LOCAL search_path = pg_catalog");
    await readDefinitions(query, { include: () => true });
    const held = await query(
      "SELECT relation::regclass::text FROM pg_locks WHERE pid = pg_backend_pid() AND relation >= 16384",
    );
    await client.query("ROLLBACK");
    expect(held).toEqual([]);
  });

  test("a role that may only read gets the same", async () => {
    await using client = await postgres.server.connect(database);
    const all = await definitionsOf(client);
    await client.query("BEGIN");
    await client.query("CREATE ROLE tide_capture IN ROLE pg_read_all_data");
    await client.query("SET LOCAL ROLE tide_capture");
    await client.query("SET LOCAL search_path = pg_catalog");
    const query: RunQuery = async (sql) =>
      (await client.query<Record<string, unknown>>(sql)).rows;
    const read = await readDefinitions(query, { include: () => true });
    await client.query("ROLLBACK");
    expect(read.objects).toEqual(all.objects);
    expect(read.tables).toEqual(all.tables);
    expect(read.sequences).toEqual(all.sequences);
  });

  test("a database whose encoding has few letters is prepared and read", async () => {
    const latin = `latin_${database}`;
    await using maintenance = await postgres.server.connect("postgres");
    await maintenance.query(
      `CREATE DATABASE ${latin} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    await using _prepared = await prepareDatabase(postgres.server, {
      database: latin,
      setup: `CREATE TABLE "café" (id integer PRIMARY KEY); ALTER DATABASE ${latin} SET work_mem = '8MB'`,
    });
    await using client = await postgres.server.connect(latin);
    const { tables, notRestored } = await definitionsOf(client);
    expect(tables.map(({ name }) => name)).toEqual(["café"]);
    expect(notRestored).toContain(
      "ALTER DATABASE or ALTER ROLE ... SET work_mem=8MB",
    );
  });

  test("the number of queries does not grow with the objects", async () => {
    await using client = await postgres.server.connect(database);
    const empty = await postgres.server.createDatabase();
    await using other = await postgres.server.connect(empty);
    const count = async (connection: typeof client): Promise<number> => {
      let queries = 0;
      const query: RunQuery = async (sql) => {
        queries++;
        return (await connection.query<Record<string, unknown>>(sql)).rows;
      };
      await connection.query("BEGIN; SET LOCAL search_path = pg_catalog");
      await readDefinitions(query, { include: () => true });
      await connection.query("ROLLBACK");
      return queries;
    };
    // Views, sequences and unused sequences are read 500 at a time: three more statements of four commands.
    expect((await count(client)) - (await count(other))).toBeLessThanOrEqual(
      12,
    );
  });

  test.runIf(postgres.major === 14)(
    "definitions of 14 run on 18",
    async ({ skip }) => {
      if (!availablePostgres().includes(18))
        return missingService("PostgreSQL 18", "run npm ci", skip);
      await using newer = await openSharedPostgres(18);
      await using source = await postgres.server.connect(database);
      await using target = await newer.connect(await newer.createDatabase());
      await makeRoles(target);
      const definitions = await definitionsOf(source);
      const load = async () => {
        for (const table of definitions.tables)
          await copyRows(source, target, table);
      };
      expect(await runDefinitions(target, definitions, load)).toEqual([]);
      const again = await definitionsOf(target);
      const label = ({ kind, name }: { kind: string; name: string }) =>
        `${kind} ${name}`;
      expect(again.objects.map(label).toSorted()).toEqual(
        definitions.objects.map(label).toSorted(),
      );
    },
  );
});
