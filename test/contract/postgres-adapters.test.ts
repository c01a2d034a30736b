import { afterAll, beforeAll, expect, test } from "vitest";
import { parseSourceName } from "../../src/core/source-name.ts";
import type { Definitions } from "../../src/engine/definitions.ts";
import { PostgresSourceAdmin } from "../../src/engine/postgres/admin/postgres-source-admin.ts";
import { PostgresConnection } from "../../src/engine/postgres/connection.ts";
import { PostgresTableReader } from "../../src/engine/postgres/reader/postgres-table-reader.ts";
import { PostgresChangeSource } from "../../src/engine/postgres/source/postgres-change-source.ts";
import { PostgresRestoreTarget } from "../../src/engine/postgres/target/postgres-restore-target.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { never } from "../support/never.ts";
import { uniqueName } from "../support/postgres-client.ts";
import { addressOf, prepareDatabase } from "../support/postgres-source.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { SteadyClient } from "../support/steady-client.ts";
import { waitUntil } from "../support/wait-until.ts";
import { cutAnywhere, describeRestoreTarget } from "./restore-target.ts";
import { describeSequences } from "./restored-sequences.ts";
import { describeSourceAdmin, type AdminUnderTest } from "./source-admin.ts";
import {
  describeTableReader,
  type Disturbing,
  type ReaderUnderTest,
} from "./table-reader.ts";
import {
  openStructure,
  runPhase,
  tableOf,
  type TargetUnderTest,
} from "./target-under-test.ts";

const TABLES = `CREATE TABLE t (id int PRIMARY KEY, note text);
                CREATE TABLE u (id int PRIMARY KEY, note text)`;

const DISTURBANCES: readonly Disturbing[] = [
  ["not by rows", "INSERT INTO t VALUES (9); DELETE FROM t", undefined],
  ["not by an index", "CREATE INDEX ON t (note)", undefined],
  ["not by another table", "TRUNCATE u; ALTER TABLE u ADD x int", undefined],
  ["by TRUNCATE", "TRUNCATE t", /truncated or rewritten/],
  [
    "by a rewrite",
    "ALTER TABLE t ALTER id TYPE bigint",
    /truncated or rewritten/,
  ],
  ["by a new column", "ALTER TABLE t ADD more int", /altered/],
  ["by a lost column", "ALTER TABLE t DROP note", /altered/],
  ["by another name", "ALTER TABLE t RENAME TO t2", /altered/],
  ["by another identity", "ALTER TABLE t REPLICA IDENTITY FULL", /altered/],
  ["by DROP", "DROP TABLE t", /dropped/],
];
describePostgres(
  [14, 18],
  ({ major }) => {
    let server: TestPostgres;
    let database: string;
    let definitions: Definitions;
    beforeAll(async () => {
      server = await startPostgres(major);
      database = await server.createDatabase();
      definitions = await readSample(server);
    });
    afterAll(() => server[Symbol.asyncDispose]());
    describeTableReader(
      `COPY of ${major}`,
      () => openReader(server, database),
      DISTURBANCES,
    );
    test("a copy was disturbed by a generated column that is none any more", async () => {
      await using under = await openReader(server, database);
      await under.run(
        "ALTER TABLE t ADD twice int GENERATED ALWAYS AS (id * 2) STORED",
      );
      await using snapshot = await under
        .open()
        .openSnapshot({ streams: 1, timeoutMs: 30_000 }, never);
      const table = snapshot.tables.find(({ name }) => name === "t");
      if (table === undefined) throw new Error("no table t");
      expect(await snapshot.disturbance(table, never)).toBeUndefined();
      await under.run("ALTER TABLE t ALTER twice DROP EXPRESSION");
      expect(await snapshot.disturbance(table, never)).toMatch(/altered/);
    });
    const make = () => openTarget(server, definitions);
    describeRestoreTarget(`a database of ${major}`, make);
    describeSequences(`a database of ${major}`, make);
    test("a load writes rows that need no second write", async () => {
      await using begun = await openStructure(make);
      const { under, target } = begun;
      await target.load(
        tableOf(under, "t"),
        cutAnywhere(Buffer.from("1\tone\n2\ttwo\n")),
        never,
      );
      for (const each of ["keys", "foreign-keys", "rest"] as const)
        await runPhase(under, target, each);
      await target.complete("{}", never);
      expect(await under.isFrozen()).toBe(true);
    });
    describeSourceAdmin(`a database of ${major}`, () => openAdmin(server));
  },
  { own: true },
);

async function openReader(
  server: TestPostgres,
  database: string,
): Promise<ReaderUnderTest> {
  const prepared = await prepareDatabase(server, {
    database,
    setup: `DROP TABLE IF EXISTS t, t2, u; ${TABLES}`,
  });
  const { source, address, admin } = prepared;
  return {
    open: (includes = () => true) =>
      new PostgresTableReader(
        address,
        (namespace, table) =>
          namespace === "public" && includes(namespace, table),
      ),
    changes: () =>
      new PostgresChangeSource({ source, address, includes: () => true }),
    run: (sql) => prepared.run(sql),
    session: async () => {
      const client = await prepared.connect();
      return {
        run: async (sql) => void (await client.query(sql)),
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
    end: () => admin.currentPosition(never),
    identity: () => admin.identity(never),
    fill: (rows) =>
      prepared.run(
        `INSERT INTO t SELECT n, repeat('x', 500) FROM generate_series(1, ${rows}) AS g (n)`,
      ),
    holdUp: async () => {
      const client = await prepared.connect();
      await client.query("BEGIN");
      await client.query("INSERT INTO t VALUES (1)");
      return {
        end: async () => void (await client.query("COMMIT")),
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => prepared[Symbol.asyncDispose](),
  };
}

async function readSample(server: TestPostgres): Promise<Definitions> {
  const database = await server.createDatabase();
  await using client = await server.connect(database);
  await client.query(TABLES);
  const reader = new PostgresTableReader(
    addressOf(server.url(database)),
    () => true,
  );
  await using snapshot = await reader.openSnapshot(
    { streams: 1, timeoutMs: 30_000 },
    never,
  );
  return snapshot.definitions;
}

interface PostgresTargetUnderTest extends TargetUnderTest {
  /** Whether the rows of `t` need no second write: all of its pages are known to hold nothing but visible rows. */
  isFrozen(): Promise<boolean>;
  next(sequence: string): Promise<bigint>;
}

async function openTarget(
  server: TestPostgres,
  definitions: Definitions,
): Promise<PostgresTargetUnderTest> {
  const database = uniqueName("restored");
  await using stack = new AsyncDisposableStack();
  const watch = stack.use(new SteadyClient(() => server.connect("postgres")));
  stack.defer(
    async () =>
      void (await watch.query(
        `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`,
      )),
  );
  const inside = stack.use(new SteadyClient(() => server.connect(database)));
  const [system] = await watch.query<{ id: string }>(
    "SELECT system_identifier::text AS id FROM pg_control_system()",
  );
  const owned = stack.move();
  return {
    open: () => new PostgresRestoreTarget(addressOf(server.url(database))),
    definitions,
    rows: async () =>
      (
        await inside.query<{ row: string }>(
          "SELECT concat_ws(' ', id, note) AS row FROM public.t ORDER BY id",
        )
      ).map(({ row }) => row),
    run: async (sql) => void (await inside.query(sql)),
    leaveAtWork: async (sql) => {
      const { client } = await PostgresConnection.open(
        addressOf(server.url(database)),
        { name: "restore" },
        never,
      );
      const ended = client.query(sql);
      ended.catch(() => undefined);
      await waitUntil("it is at work", async () => {
        const busy = await watch.query(
          `SELECT FROM pg_stat_activity WHERE datname = '${database}' AND state = 'active' AND wait_event = 'PgSleep'`,
        );
        return busy.length === 1;
      });
      return { ended };
    },
    t: "public.t",
    namespace: "public",
    identity: {
      before: undefined,
      then: { systemIdentifier: system?.id ?? "" },
    },
    clear: async () => void (await inside.query("DROP TABLE t, u")),
    leavings: [
      ["a table", "CREATE TABLE mine (id int)"],
      [
        "a function",
        "CREATE FUNCTION f () RETURNS int LANGUAGE sql AS 'SELECT 1'",
      ],
      ["a type", "CREATE TYPE m AS ENUM ('a')"],
      ["a schema", "CREATE SCHEMA mine"],
      ["a sequence", "CREATE SEQUENCE mine"],
    ],
    impossible: "GRANT SELECT ON public.t TO a_role_that_is_not_here",
    endHolds: async () =>
      void (await inside.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      )),
    busy: {
      who: /restored_\w+ since \d{4}-.*Z: backend \d+, role \w+/,
      hint: "pg_terminate_backend",
    },
    waiting: "LOCK TABLE public.t; SELECT pg_sleep(3600)",
    isFrozen: async () =>
      (
        await inside.query<{ frozen: boolean }>(
          "SELECT relallvisible = relpages AND relpages > 0 AS frozen FROM pg_class WHERE oid = 'public.t'::regclass",
        )
      )[0]?.frozen === true,
    next: async (sequence) =>
      BigInt(
        (
          await inside.query<{ next: string }>(
            `SELECT nextval('${sequence}')::text AS next`,
          )
        )[0]?.next ?? "",
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openAdmin(server: TestPostgres): Promise<AdminUnderTest> {
  const database = await server.createDatabase();
  await using stack = new AsyncDisposableStack();
  const watch = stack.use(new SteadyClient(() => server.connect("postgres")));
  const inside = stack.use(new SteadyClient(() => server.connect(database)));
  await inside.query(`${TABLES}; CREATE SEQUENCE s`);
  const source = parseSourceName(uniqueName("s"));
  const address = addressOf(server.url(database));
  // A slot keeps its database from being dropped.
  stack.defer(
    async () =>
      void (await watch.query(
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
          WHERE database = '${database}' AND NOT active AND pg_terminate_backend(coalesce(active_pid, 0)) IS NOT NULL`,
      )),
  );
  const owned = stack.move();
  return {
    admin: new PostgresSourceAdmin(source, address),
    changes: () =>
      new PostgresChangeSource({ source, address, includes: () => true }),
    run: async (sql) => void (await inside.query(sql)),
    version: `${server.major}.`,
    database,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
