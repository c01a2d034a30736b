import { afterAll, beforeAll } from "vitest";
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
import { describeRestoreTarget } from "./restore-target.ts";
import { describeSourceAdmin, type AdminUnderTest } from "./source-admin.ts";
import { describeTableReader, type ReaderUnderTest } from "./table-reader.ts";
import type { TargetUnderTest } from "./target-under-test.ts";

const TABLES = `CREATE TABLE t (id int PRIMARY KEY, note text);
                CREATE TABLE u (id int PRIMARY KEY, note text)`;

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
    describeTableReader(`COPY of ${major}`, () => openReader(server, database));
    describeRestoreTarget(`a database of ${major}`, () =>
      openTarget(server, definitions),
    );
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

async function openTarget(
  server: TestPostgres,
  definitions: Definitions,
): Promise<TargetUnderTest> {
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
    systemIdentifier: system?.id ?? "",
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
