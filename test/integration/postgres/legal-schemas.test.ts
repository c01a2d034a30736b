import { expect, test } from "vitest";
import { PostgresConnection } from "../../../src/engine/postgres/connection.ts";
import {
  createLedger,
  readLedger,
} from "../../../src/engine/postgres/target/restore-ledger.ts";
import {
  runObject,
  schemaStep,
} from "../../../src/engine/postgres/target/run-schema.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import { addressOf } from "../../support/postgres-source.ts";
import { definitionsOf } from "../../support/run-definitions.ts";
import { restoreCopy } from "../../support/restore-copy.ts";

describePostgres([14, 18], (postgres) => {
  const ask = async <Row>(database: string, sql: string): Promise<Row[]> => {
    await using client = await postgres.server.connect(database);
    return (await client.query<Row & Record<string, unknown>>(sql)).rows;
  };

  /** Statements without what carries oids. */
  const statementsOf = async (database: string): Promise<string[]> => {
    await using client = await postgres.server.connect(database);
    const { objects } = await definitionsOf(client);
    return objects.flatMap(({ statements }) => statements).toSorted();
  };

  /** Restores, and finds the same definitions in the copy. */
  const restoredAlike = async (setup: string) => {
    const copy = await restoreCopy(postgres.server, setup);
    expect(copy.reported).toEqual([]);
    expect(await statementsOf(copy.target)).toEqual(
      await statementsOf(copy.source),
    );
    return copy;
  };

  test("a function whose parsed body calls itself", async () => {
    const { target } = await restoredAlike(`
      CREATE FUNCTION down(n integer) RETURNS integer LANGUAGE sql RETURN n;
      CREATE OR REPLACE FUNCTION down(n integer) RETURNS integer LANGUAGE sql
        RETURN CASE WHEN n < 1 THEN 0 ELSE down(n - 1) END`);
    expect(await ask(target, "SELECT down(5)")).toEqual([{ down: 0 }]);
  });

  test("states of a trigger in partitions of partitions, against the order of names", async () => {
    const { target } = await restoredAlike(`
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
      CREATE TABLE top (a integer) PARTITION BY LIST (a);
      CREATE TABLE z_middle PARTITION OF top FOR VALUES IN (1, 2) PARTITION BY LIST (a);
      CREATE TABLE a_leaf PARTITION OF z_middle FOR VALUES IN (1);
      CREATE TABLE b_leaf PARTITION OF z_middle FOR VALUES IN (2);
      CREATE TRIGGER touched AFTER INSERT ON top FOR EACH ROW EXECUTE FUNCTION touch();
      ALTER TABLE z_middle DISABLE TRIGGER touched;
      ALTER TABLE a_leaf ENABLE TRIGGER touched;`);
    const states = await ask(
      target,
      "SELECT tgrelid::regclass::text AS place, tgenabled AS state FROM pg_trigger WHERE tgname = 'touched' ORDER BY 1",
    );
    expect(states).toEqual([
      { place: "a_leaf", state: "O" },
      { place: "b_leaf", state: "D" },
      { place: "top", state: "O" },
      { place: "z_middle", state: "D" },
    ]);
  });

  test("a partition's primary key under an index of its parent, which a foreign key refers to", async () => {
    const { target } = await restoredAlike(`
      CREATE TABLE whole (a integer NOT NULL) PARTITION BY RANGE (a);
      CREATE TABLE part (a integer PRIMARY KEY);
      ALTER TABLE whole ATTACH PARTITION part FOR VALUES FROM (0) TO (10);
      CREATE UNIQUE INDEX whole_a ON whole (a);
      CREATE TABLE refers (a integer REFERENCES whole (a));
      INSERT INTO whole VALUES (1); INSERT INTO refers VALUES (1)`);
    expect(
      await ask(
        target,
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'whole_a'::regclass",
      ),
    ).toEqual([{ indisvalid: true }]);
  });

  test.runIf(postgres.major >= 18)(
    "what excludes on a partitioned table, with foreign keys and comments",
    async () => {
      await restoredAlike(`
        CREATE EXTENSION btree_gist;
        CREATE TABLE stays (room integer, during daterange, EXCLUDE USING gist (room WITH =, during WITH &&)) PARTITION BY LIST (room);
        CREATE TABLE stays_1 PARTITION OF stays FOR VALUES IN (1) PARTITION BY LIST (room);
        CREATE TABLE stays_1_1 PARTITION OF stays_1 FOR VALUES IN (1);
        CREATE TABLE prices (room integer, during daterange, PRIMARY KEY (room, during WITHOUT OVERLAPS)) PARTITION BY LIST (room);
        CREATE TABLE prices_1 PARTITION OF prices FOR VALUES IN (1);
        CREATE TABLE paid (room integer, during daterange, FOREIGN KEY (room, PERIOD during) REFERENCES prices (room, PERIOD during));
        COMMENT ON CONSTRAINT prices_1_pkey ON prices_1 IS 'of a part';
        INSERT INTO stays VALUES (1, '[2026-01-01,2026-01-03)'); INSERT INTO prices VALUES (1, '[2026-01-01,2026-02-01)');
        INSERT INTO paid VALUES (1, '[2026-01-05,2026-01-06)')`);
    },
  );

  const NAMELESS = `
    CREATE SCHEMA near;
    CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'far ' || $1 $$;
    CREATE FUNCTION near.shout(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper($1) $$;
    CREATE FUNCTION near.loud(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN shout($1); END $$;
    SET search_path = near, public;`;

  test("generated columns and checks whose functions name others without a schema", async () => {
    const { target } = await restoredAlike(`${NAMELESS}
      CREATE TABLE near.words (word text, loud text GENERATED ALWAYS AS (near.loud(word)) STORED, CONSTRAINT words_word_check CHECK (near.loud(word) <> ''));
      INSERT INTO near.words VALUES ('a')`);
    expect(await ask(target, "SELECT loud FROM near.words")).toEqual([
      { loud: "A" },
    ]);
    expect(
      await ask(
        target,
        "SELECT convalidated FROM pg_constraint WHERE conname = 'words_word_check'",
      ),
    ).toEqual([{ convalidated: true }]);
  });

  test("an index whose function names others without a schema is made where the server allows it, and reported elsewhere", async () => {
    const { source, target, reported } = await restoreCopy(
      postgres.server,
      `${NAMELESS}
       CREATE TABLE near.words (id integer PRIMARY KEY, word text);
       CREATE INDEX words_loud ON near.words (near.loud(word));
       CREATE STATISTICS near.loudness ON (near.loud(word)) FROM near.words;
       INSERT INTO near.words VALUES (1, 'a')`,
    );
    // From 17 on nothing can build it again, in the source neither.
    const isMade = postgres.major < 17;
    expect(reported).toEqual(
      isMade
        ? []
        : [
            expect.stringMatching(/^index near\.words_loud: .*shout/),
            expect.stringMatching(/^planner statistics of near\.words: /),
          ],
    );
    if (isMade)
      expect(await statementsOf(target)).toEqual(await statementsOf(source));
    expect(await ask(target, "SELECT word FROM near.words")).toEqual([
      { word: "a" },
    ]);
  });

  test("a foreign key that rows break is made unproved and reported, by a run that goes on too", async () => {
    const { target, reported, reportedAgain } = await restoreCopy(
      postgres.server,
      `CREATE TABLE owners (id integer PRIMARY KEY);
       CREATE TABLE owned (id integer PRIMARY KEY, owner integer REFERENCES owners);
       SET session_replication_role = replica;
       INSERT INTO owned VALUES (1, 99)`,
    );
    expect(reported).toEqual([
      expect.stringMatching(
        /^foreign key public\.owned\.owned_owner_fkey: rows .* made NOT VALID .*\(owner\)=\(99\)/,
      ),
    ]);
    expect(reportedAgain).toEqual(reported);
    expect(
      await ask(
        target,
        "SELECT convalidated FROM pg_constraint WHERE conname = 'owned_owner_fkey'",
      ),
    ).toEqual([{ convalidated: false }]);
  });

  test("a check whose casts follow the session's settings does not refuse rows", async () => {
    const { target, reported } = await restoreCopy(
      postgres.server,
      `CREATE TABLE days (day text, CHECK (day::date IS NOT NULL));
       SET DateStyle = 'ISO, DMY';
       INSERT INTO days VALUES ('31/12/2026')`,
    );
    expect(reported).toEqual([
      expect.stringMatching(/^validation public\.days\.days_day_check: /),
    ]);
    expect(await ask(target, "SELECT day FROM days")).toHaveLength(1);
  });

  test("event triggers neither stop a restore from cleaning up nor hear of it", async () => {
    const { target } = await restoredAlike(`
      CREATE TABLE commands (tag text);
      CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.commands VALUES (tg_tag); END $$;
      CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'nothing is dropped here'; END $$;
      CREATE EVENT TRIGGER notes ON ddl_command_end EXECUTE FUNCTION note();
      CREATE EVENT TRIGGER forbids ON sql_drop EXECUTE FUNCTION forbid();
      ALTER EVENT TRIGGER forbids ENABLE ALWAYS`);
    expect(await ask(target, "SELECT tag FROM commands")).toEqual([]);
    expect(
      await ask(
        target,
        "SELECT nspname FROM pg_namespace WHERE nspname ~ '^tidemark'",
      ),
    ).toEqual([]);
  });

  test.runIf(postgres.major < 15)(
    "a grant about which the server only warns is reported",
    async () => {
      const role = uniqueName("role");
      const database = await postgres.server.createDatabase();
      await ask(
        database,
        `CREATE ROLE ${role} LOGIN PASSWORD 'x'; ALTER DATABASE ${database} OWNER TO ${role}`,
      );
      const address = addressOf(postgres.server.url(database));
      await using connection = await PostgresConnection.open(
        { ...address, user: role, password: async () => "x" },
        { name: "restore" },
        never,
      );
      await createLedger(connection, "plan");
      const grant = {
        id: "2615:2200:0:0",
        kind: "grant",
        name: "public",
        phase: "rest",
        statements: ["REVOKE ALL ON SCHEMA public FROM PUBLIC"],
      } as const;
      const remark =
        'grant public: no privileges could be revoked for "public"';
      expect(await runObject(connection, grant)).toBe(remark);
      const ledger = await readLedger(connection);
      expect(ledger?.remarks.get(schemaStep(grant))).toBe(remark);
    },
  );

  test("what lies outside of a database's own objects is named", async () => {
    const source = await postgres.server.createDatabase();
    await using client = await postgres.server.connect(source);
    const before = (await definitionsOf(client)).notRestored;
    await client.query(`
      CREATE EXTENSION hstore;
      CREATE TABLE joined (a integer);
      ALTER EXTENSION hstore ADD TABLE joined;
      REVOKE EXECUTE ON FUNCTION hstore(text, text) FROM PUBLIC;
      REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8) FROM PUBLIC;
      REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
      COMMENT ON DATABASE ${source} IS 'the source';
      CREATE TYPE size AS ENUM ('small', 'large');
      CREATE TABLE sized (size size) PARTITION BY HASH (size);
      CREATE TABLE sizes (sizes size[]) PARTITION BY HASH (sizes)`);
    const after = (await definitionsOf(client)).notRestored;
    const labels = (lines: readonly string[]) =>
      lines.map((line) => line.split(":")[0]);
    expect(
      labels(after).filter((label) => !labels(before).includes(label)),
    ).toEqual([
      "comment on the database itself",
      "grants on objects of extension hstore",
      "grants on objects of extension plpgsql",
      "grants on pg_sleep(double precision)",
      "rows of table public.joined",
      "table public.sized is partitioned by the hash of an enum or a regclass, which is another in every database",
      "table public.sizes is partitioned by the hash of an enum or a regclass, which is another in every database",
    ]);
    expect(before.filter((line) => !line.startsWith("roles, "))).toEqual([]);
  });
});
