import { afterAll, beforeAll, describe } from "vitest";
import { MYSQL_VERSIONS } from "../support/mysql-binaries.ts";
import { describeMysql } from "../support/describe-mysql.ts";
import { startMysqlServer, type TestMysql } from "../support/mysql-server.ts";
import { openMysqlSource } from "../support/mysql-source.ts";
import { describeChangeSource, type SourceUnderTest } from "./change-source.ts";

/** A reader that takes nothing is cut off after a second; and nobody waits for a disk. */
const SETTINGS = {
  "net-write-timeout": 1,
  "sync-binlog": 0,
  "innodb-flush-log-at-trx-commit": 2,
};

describeMysql(
  MYSQL_VERSIONS,
  ({ version }) => {
    const modes = version.startsWith("mysql")
      ? [
          { mode: "with GTIDs", settings: {} },
          {
            mode: "without GTIDs",
            settings: { "gtid-mode": "OFF", "enforce-gtid-consistency": "OFF" },
          },
        ]
      : [{ mode: "with GTIDs", settings: {} }];
    for (const { mode, settings } of modes) {
      describe(mode, () => {
        let server: TestMysql;
        beforeAll(async () => {
          server = await startMysqlServer(version, {
            settings: { ...SETTINGS, ...settings },
          });
        });
        afterAll(() => server[Symbol.asyncDispose]());
        describeChangeSource(`binlog of ${version} ${mode}`, () =>
          openSource(server),
        );
      });
    }
  },
  { own: true },
);

async function openSource(server: TestMysql): Promise<SourceUnderTest> {
  const source = await openMysqlSource(server, {
    setup: `CREATE TABLE t (id int PRIMARY KEY, note text);
            CREATE TABLE u (id int PRIMARY KEY, note text);
            CREATE PROCEDURE many() BEGIN
              DECLARE id int DEFAULT 3;
              WHILE id <= 4000 DO INSERT INTO t VALUES (id, 'late'); SET id = id + 1; END WHILE;
            END`,
  });
  const { database } = source;
  const dumps = async (condition: string) => {
    const rows = await server.query(
      `SELECT 1 AS one FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%' AND ${condition}`,
    );
    return rows.length > 0;
  };
  return {
    open: (options) => source.open(options),
    start: async () => source.start,
    run: (sql) => source.run(`BEGIN; ${sql}; COMMIT`),
    fill: (from, rows) =>
      `INSERT INTO t WITH RECURSIVE g (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM g WHERE n < ${from + rows - 1}) SELECT n, repeat('x', 1000) FROM g`,
    manyCommits: "CALL many()",
    session: async () => {
      const client = server.connect(database);
      await client.query(
        server.flavour === "mysql"
          ? "SET SESSION cte_max_recursion_depth = 100000"
          : "SET SESSION max_recursive_iterations = 100000",
      );
      return {
        run: async (sql) => void (await client.query(sql)),
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
    passableEnd: async () => {
      const end = await source.end();
      await source.run(
        `CREATE TABLE IF NOT EXISTS other.o (id int); INSERT INTO other.o VALUES (1)`,
      );
      return end;
    },
    isRead: () => source.isRead(),
    hasHeardFor: (ms) => dumps(`TIME >= ${Math.ceil(ms / 1000)}`),
    isHeldUp: () => dumps("STATE NOT LIKE '%has sent all binlog%'"),
    kill: () => server.kill(),
    stop: () => server.stop(),
    revive: () => server.start(),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}
