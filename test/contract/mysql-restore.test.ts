import { afterAll, beforeAll } from "vitest";
import { parseSourceName } from "../../src/core/source-name.ts";
import type { Definitions } from "../../src/engine/definitions.ts";
import { MysqlConnection } from "../../src/engine/mysql/connection.ts";
import { MysqlTableReader } from "../../src/engine/mysql/reader/mysql-table-reader.ts";
import { readPosition } from "../../src/engine/mysql/reader/read-position.ts";
import { readServerId } from "../../src/engine/mysql/server-id.ts";
import { MysqlChangeSource } from "../../src/engine/mysql/source/mysql-change-source.ts";
import { lockName } from "../../src/engine/mysql/target/hold-target.ts";
import { MysqlRestoreTarget } from "../../src/engine/mysql/target/mysql-restore-target.ts";
import { describeMysql } from "../support/describe-mysql.ts";
import { mysqlAddressOf } from "../support/mysql-address.ts";
import { MYSQL_VERSIONS } from "../support/mysql-binaries.ts";
import { startMysqlServer, type TestMysql } from "../support/mysql-server.ts";
import { never } from "../support/never.ts";
import { uniqueName } from "../support/postgres-client.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { waitUntil } from "../support/wait-until.ts";
import { describeRestoreTarget } from "./restore-target.ts";
import {
  describeTableReader,
  type Disturbing,
  type ReaderUnderTest,
} from "./table-reader.ts";
import type { TargetUnderTest } from "./target-under-test.ts";

const TABLES = `CREATE TABLE t (id int PRIMARY KEY, note text);
                CREATE TABLE u (id int PRIMARY KEY, note text)`;

const DISTURBANCES: readonly Disturbing[] = [
  ["not by rows", "INSERT INTO t VALUES (9, NULL); DELETE FROM t", undefined],
  ["not by another table", "TRUNCATE u; ALTER TABLE u ADD x int", undefined],
  ["by TRUNCATE", "DO SLEEP(1.1); TRUNCATE t", /truncated or rewritten/],
  [
    "by a rewrite",
    "DO SLEEP(1.1); ALTER TABLE t FORCE",
    /truncated or rewritten/,
  ],
  ["by another type", "ALTER TABLE t MODIFY id bigint", /altered/],
  ["by a new column", "ALTER TABLE t ADD more int", /altered/],
  ["by a lost column", "ALTER TABLE t DROP note", /altered/],
  ["by another name", "ALTER TABLE t RENAME TO t2", /dropped/],
  ["by another identity", "ALTER TABLE t DROP PRIMARY KEY", /altered/],
  ["by DROP", "DROP TABLE t", /dropped/],
];

describeMysql(
  MYSQL_VERSIONS,
  ({ version }) => {
    let server: TestMysql;
    let definitions: Definitions;
    beforeAll(async () => {
      server = await startMysqlServer(version);
      await server.query(
        `CREATE DATABASE tidemark; CREATE TABLE tidemark.sources (server varchar(64)); INSERT INTO tidemark.sources VALUES ('here')`,
      );
      definitions = await readSample(server);
    });
    afterAll(() => server[Symbol.asyncDispose]());
    describeTableReader(
      `SELECT of ${version}`,
      () => openReader(server),
      DISTURBANCES,
    );
    describeRestoreTarget(`a schema of ${version}`, () =>
      openTarget(server, definitions),
    );
  },
  { own: true },
);

async function openReader(server: TestMysql): Promise<ReaderUnderTest> {
  await using stack = new AsyncDisposableStack();
  const database = await server.createDatabase();
  const session = stack.use(server.connect(database));
  await session.query(TABLES);
  const { path: workFolder } = stack.use(await tempDirectory());
  const address = mysqlAddressOf(server.url(database));
  const asking = <T>(ask: (connection: MysqlConnection) => Promise<T>) =>
    withConnection(server, ask);
  const owned = stack.move();
  return {
    open: (includes = () => true) => new MysqlTableReader(address, includes),
    changes: () =>
      new MysqlChangeSource({
        source: parseSourceName(uniqueName("s")),
        address,
        workFolder,
        includes: (schema) => schema === database,
        includesSchema: (schema) => schema === database,
      }),
    run: async (sql) => void (await session.query(sql)),
    session: async () => {
      const client = server.connect(database);
      return {
        run: async (sql) => void (await client.query(sql)),
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
    end: () => asking((connection) => readPosition(connection, never)),
    identity: async () => ({
      engine: server.flavour,
      serverId:
        (await asking((connection) => readServerId(connection, never))) ?? "",
      schema: database,
    }),
    fill: async (rows) =>
      void (await session.query(
        `INSERT INTO t VALUES ${Array.from({ length: rows }, (_, n) => `(${n}, repeat('x', 500))`).join(",")}`,
      )),
    holdUp: async () => {
      const client = server.connect(database);
      const writing = client.query(
        "INSERT INTO t SELECT 1, nullif(sleep(3600), 0)",
      );
      writing.catch(() => undefined);
      const id = await waitForSession(server, "sleep(3600)");
      return {
        end: async () => {
          await server.query(`KILL QUERY ${id}`);
          await writing.then(undefined, () => undefined);
          await server.query(`REPLACE INTO ${database}.t VALUES (1, NULL)`);
        },
        [Symbol.asyncDispose]: async () => {
          await server.query(`KILL ${id}`).catch(() => undefined);
          await client[Symbol.asyncDispose]();
        },
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function withConnection<T>(
  server: TestMysql,
  ask: (connection: MysqlConnection) => Promise<T>,
): Promise<T> {
  await using connection = await MysqlConnection.open(
    mysqlAddressOf(server.url()),
    { name: "test" },
    never,
  );
  return await ask(connection);
}

/** The session that runs it. */
async function waitForSession(server: TestMysql, sql: string): Promise<string> {
  let id: string | null | undefined;
  await waitUntil(`${sql} is at work`, async () => {
    const sessions = await server.query<{ id: string | null }>(
      `SELECT id FROM information_schema.processlist
        WHERE info LIKE '%${sql}%' AND info NOT LIKE '%processlist%' AND command = 'Query'`,
    );
    id = sessions[0]?.id;
    return id != null;
  });
  return id ?? "";
}

async function readSample(server: TestMysql): Promise<Definitions> {
  const database = await server.createDatabase();
  await using client = server.connect(database);
  await client.query(TABLES);
  const reader = new MysqlTableReader(
    mysqlAddressOf(server.url(database)),
    () => true,
  );
  await using snapshot = await reader.openSnapshot(
    { streams: 1, timeoutMs: 30_000 },
    never,
  );
  return snapshot.definitions;
}

async function openTarget(
  server: TestMysql,
  definitions: Definitions,
): Promise<TargetUnderTest> {
  const database = uniqueName("restored");
  const schema = definitions.objects.find(
    ({ kind }) => kind === "schema",
  )?.name;
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => {
    await server.query(`DROP DATABASE IF EXISTS ${database}`);
    await server.query("DROP DATABASE IF EXISTS tidemark_restore");
  });
  const serverId = await withConnection(server, (connection) =>
    readServerId(connection, never),
  );
  const identity = { engine: server.flavour, serverId, schema: database };
  const lock = lockName({ key: database });
  const inside = async (sql: string) => {
    await using client = server.connect(database);
    return await client.query<Record<string, string | null>>(sql);
  };
  const owned = stack.move();
  return {
    open: () => new MysqlRestoreTarget(mysqlAddressOf(server.url(database))),
    definitions,
    t: `${database}.t`,
    namespace: database,
    identity: { before: identity, then: identity },
    rows: async () =>
      (
        await inside(
          "SELECT CONCAT_WS(' ', id, note) AS line FROM t ORDER BY id",
        )
      ).map(({ line }) => line ?? ""),
    run: async (sql) => void (await inside(sql)),
    clear: async () => void (await inside("DROP TABLE t, u")),
    leavings: [
      ["a table", "CREATE TABLE mine (id int)"],
      ["a view", "CREATE VIEW mine AS SELECT 1 AS one"],
      ["a function", "CREATE FUNCTION f () RETURNS int DETERMINISTIC RETURN 1"],
      [
        "an event",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1",
      ],
    ],
    impossible: "REVOKE SELECT ON t FROM a_role_that_is_not_here",
    within: schema ?? "",
    endHolds: async () => {
      const [holder] = await server.query<{ id: string | null }>(
        `SELECT IS_USED_LOCK('${lock}') AS id`,
      );
      await server.query(`KILL ${holder?.id}`);
      await waitUntil("the hold is gone", async () => {
        const [now] = await server.query<{ id: string | null }>(
          `SELECT IS_USED_LOCK('${lock}') AS id`,
        );
        return now?.id == null;
      });
    },
    busy: {
      who: /restored_\w+: session \d+, user root, from 127\.0\.0\.1/,
      hint: "KILL ",
    },
    waiting: `DO GET_LOCK('${lockName({ key: database }, 0)}', 0); LOCK TABLES t WRITE; SELECT SLEEP(3600)`,
    leaveAtWork: async (sql) => {
      const client = server.connect(database);
      const ended = client.query(sql);
      ended.catch(() => undefined);
      await waitForSession(server, "SLEEP(3600)");
      // A SLEEP that is ended alone says so, and its session lives on.
      const gone = ended.then((rows) => {
        throw new TypeError(JSON.stringify(rows));
      });
      gone.catch(() => undefined);
      return { ended: gone };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
