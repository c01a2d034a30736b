import { expect, test } from "vitest";
import { TableHistories } from "../../../src/archive/table-history.ts";
import { verifyAgainstSource } from "../../../src/restore/verify-against.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";
import { startService } from "../../support/service.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

/** `uses` has one row, and no command names it. */
const COMMANDS = [
  {
    name: "a column of a table whose row type it has is dropped, and another one added",
    setup: `CREATE TABLE other (a int, b int);
            CREATE TABLE uses AS SELECT 1 AS id, ROW(1, 2)::other AS value`,
    change: "ALTER TABLE other DROP COLUMN b, ADD COLUMN c int",
  },
  {
    name: "a view whose row type it has, in an array, is replaced by a wider one",
    setup: `CREATE VIEW other AS SELECT 1 AS a;
            CREATE TABLE uses AS SELECT 1 AS id, ARRAY[ROW(1)::other] AS value`,
    change: "CREATE OR REPLACE VIEW other AS SELECT 1 AS a, 2 AS b",
  },
  {
    name: "a type is dropped, and with it an attribute of a type that it has a domain of",
    setup: `CREATE TYPE inner_type AS ENUM ('x');
            CREATE TYPE outer_type AS (a int, b inner_type);
            CREATE DOMAIN other AS outer_type;
            CREATE TABLE uses AS SELECT 1 AS id, ROW(1, 'x')::outer_type::other AS value`,
    change: "DROP TYPE inner_type CASCADE",
  },
  {
    name: "a table that it refers to by name is renamed",
    setup: `CREATE TABLE other (a int);
            CREATE TABLE uses AS SELECT 1 AS id, 'other'::regclass AS value`,
    change: "ALTER TABLE other RENAME TO elsewhere; CREATE TABLE other (a int)",
  },
  {
    name: "a function that it refers to by name is dropped",
    setup: `CREATE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE TABLE uses AS SELECT 1 AS id, ARRAY['other()'::regprocedure] AS value`,
    change: "DROP FUNCTION other",
  },
] as const;

describePostgres([14, 18], (postgres) => {
  test.each(COMMANDS)(
    "rows of a table read otherwise once $name: its history ends there",
    async ({ setup, change }) => {
      await using prepared = await prepareDatabase(postgres.server, {
        setup: `${setup}; CREATE TABLE apart AS SELECT 1 AS id`,
      });
      await using directory = await tempDirectory();
      await using service = await startService(prepared, {
        ...{ directory: directory.path, rpoMs: 50 },
      });
      const first = await service.archived(
        "a first base",
        ({ bases }) => bases.length > 0,
      );
      await prepared.run(change);
      const { supervised } = service;
      await service.archived(
        "the command, and a base behind it",
        (state) =>
          state.head.seq > first.head.seq &&
          state.segments.some(({ events }) =>
            events.some(({ kind }) => kind === "ddl"),
          ) &&
          new TableHistories(state).needsBase() === undefined,
      );
      const compared = await verifyAgainstSource(
        {
          ...{ ...supervised, catalog: await service.catalog() },
          ...{ memoryBytes: 1 << 26, streams: 1, onProgress: () => undefined },
        },
        never,
      );
      expect(compared.tables.filter(({ equal }) => !equal)).toEqual([]);
      const { state } = await service.catalog();
      const apart = state.bases.map(({ tables }) =>
        tables.some(({ name }) => name === "apart"),
      );
      expect(apart.filter(Boolean)).toHaveLength(1);
    },
  );
});

describePostgres([18], (postgres) => {
  test("REINDEX, which has events of its own, ends no history", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE t (id int PRIMARY KEY)",
    });
    await using directory = await tempDirectory();
    await using service = await startService(prepared, {
      ...{ directory: directory.path, rpoMs: 50 },
    });
    const first = await service.archived(
      "a first base",
      ({ bases }) => bases.length > 0,
    );
    await prepared.run("REINDEX TABLE t");
    await prepared.run("REINDEX TABLE CONCURRENTLY t");
    await prepared.run("INSERT INTO t VALUES (1)");
    const state = await service.archived("the row behind it", ({ segments }) =>
      segments.some(({ tables }) => tables.some(({ name }) => name === "t")),
    );
    const events = state.segments
      .filter(({ last }) => last.seq > first.head.seq)
      .flatMap((segment) => segment.events);
    expect(events.filter(({ kind }) => kind === "ddl")).toEqual([]);
  });
});
