import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PostgresTableReader } from "../../../src/engine/postgres/reader/postgres-table-reader.ts";
import { PostgresRestoreTarget } from "../../../src/engine/postgres/target/postgres-restore-target.ts";
import { RowDigest } from "../../../src/format/row-digest.ts";
import { caught } from "../../support/caught.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import {
  prepareDatabase,
  type PreparedDatabase,
} from "../../support/postgres-source.ts";

/** What changes how text is read into a statement or a value, and how the server writes an expression. */
const SETTINGS = {
  standard_conforming_strings: "off",
  escape_string_warning: "off",
  array_nulls: "off",
  xmloption: "'document'",
};

const SETUP = String.raw`
  CREATE SCHEMA pgboss;
  CREATE TABLE pgboss.job (
    id int PRIMARY KEY,
    path text DEFAULT E'C:\\temp' CHECK (path <> E'C:\\new'),
    tags text[],
    quoted text GENERATED ALWAYS AS (path || E'\\') STORED);
  COMMENT ON TABLE pgboss.job IS E'in C:\\temp';
  CREATE VIEW public.folder AS SELECT E'C:\\temp'::text AS path;
  SET array_nulls = on;
  INSERT INTO pgboss.job (id, tags) VALUES (1, ARRAY['NULL', NULL, E'a\\b'])`;

const XML_SETUP = `
  CREATE TABLE public.fragment (x xml);
  INSERT INTO public.fragment VALUES (XMLPARSE(CONTENT 'a<b/>'))`;

describePostgres([14, 18], (postgres) => {
  test("what source and target say of strings, arrays and documents does not reach a restore", async () => {
    const { server } = postgres;
    await using prepared = await prepareDatabase(server, {
      defaults: SETTINGS,
    });
    await prepared.run(SETUP);
    if (await hasXml()) await prepared.run(XML_SETUP);
    const database = await server.createDatabase();
    for (const [name, value] of Object.entries(SETTINGS))
      await prepared.ask(`ALTER DATABASE ${database} SET ${name} = ${value}`);
    await restoreInto(prepared, database);
    await using client = await server.connect(database);
    await client.query("INSERT INTO pgboss.job (id) VALUES (2)");
    const { rows } = await client.query(
      `SELECT id, path, quoted, obj_description('pgboss.job'::regclass) AS comment, (SELECT path FROM folder) AS viewed,
              pg_get_constraintdef((SELECT oid FROM pg_constraint WHERE conrelid = 'pgboss.job'::regclass AND contype = 'c')) AS checked
         FROM pgboss.job ORDER BY id`,
    );
    const job = {
      path: String.raw`C:\temp`,
      quoted: "C:\\temp\\",
      comment: String.raw`in C:\temp`,
      viewed: String.raw`C:\temp`,
      checked: String.raw`CHECK ((path <> 'C:\\new'::text))`,
    };
    expect(rows).toEqual([
      { id: 1, ...job },
      { id: 2, ...job },
    ]);
  });

  describe("a source in LATIN1", () => {
    let prepared: PreparedDatabase;
    beforeAll(async () => {
      prepared = await prepareDatabase(postgres.server, {
        database: await makeDatabase("source", "LATIN1"),
        defaults: { work_mem: "'8MB'" },
      });
      await prepared.run(
        "CREATE TABLE words (id int PRIMARY KEY, word varchar(5), padded char(5)); INSERT INTO words VALUES (1, 'äöüßé', 'ä')",
      );
    });
    afterAll(() => prepared[Symbol.asyncDispose]());

    test.each(["LATIN1", "UTF8"])(
      "can be restored into one in %s",
      async (encoding) => {
        const database = await makeDatabase("target", encoding);
        await restoreInto(prepared, database);
        await using client = await postgres.server.connect(database);
        const { rows } = await client.query("SELECT * FROM words");
        expect(rows).toEqual([{ id: 1, word: "äöüßé", padded: "ä    " }]);
      },
    );

    test.each(["SQL_ASCII", "LATIN2"])(
      "and none is written to in %s, which may not have its characters",
      async (encoding) => {
        const database = await makeDatabase("target", encoding);
        const error = await caught(() => restoreInto(prepared, database));
        expect(error.code).toBe("TARGET_UNSUITABLE");
        expect(error.message).toContain(encoding);
        await using client = await postgres.server.connect(database);
        const { rowCount } = await client.query(
          "SELECT FROM pg_namespace WHERE nspname = 'tidemark_restore'",
        );
        expect(rowCount).toBe(0);
      },
    );
  });

  async function makeDatabase(name: string, encoding: string) {
    await using client = await postgres.server.connect("postgres");
    const database = uniqueName(name);
    await client.query(
      `CREATE DATABASE ${database} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    return database;
  }

  async function hasXml(): Promise<boolean> {
    await using client = await postgres.server.connect("postgres");
    return client.query("SELECT '<a/>'::xml").then(
      () => true,
      () => false,
    );
  }
});

/** What the source is now, read and written as a base and a restore do it. */
async function restoreInto(
  prepared: PreparedDatabase,
  database: string,
): Promise<void> {
  await using target = new PostgresRestoreTarget({
    ...prepared.address,
    database,
  });
  const reader = new PostgresTableReader(prepared.address, () => true);
  await using snapshot = await reader.openSnapshot(
    { streams: 1, timeoutMs: 30_000 },
    never,
  );
  const { definitions } = snapshot;
  await target.begin({ planHash: "plan", definitions }, never);
  const run = (phase: "structure" | "keys" | "rest") =>
    target.runSchema(
      { definitions, phase, streams: 1, onProgress: () => undefined },
      never,
    );
  expect(await run("structure")).toEqual([]);
  for (const table of snapshot.tables) {
    const sent = new RowDigest();
    const rows = async function* () {
      for await (const chunk of snapshot.rows(table, never)) {
        sent.add(chunk);
        yield chunk;
      }
    };
    await target.load(table, rows(), never);
    expect(await target.digest(table, never)).toEqual(sent.finish());
  }
  expect(await run("keys")).toEqual([]);
  expect(await run("rest")).toEqual([]);
  await target.complete("{}", never);
}
