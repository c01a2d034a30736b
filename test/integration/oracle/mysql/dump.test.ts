import { expect, test } from "vitest";
import {
  binlogOf,
  formatPosition,
  isAtOrBefore,
} from "../../../../src/core/position.ts";
import { compareDumps } from "../../../oracle/compare-dumps.ts";
import type { SourceDump } from "../../../oracle/dump.ts";
import {
  dumpAtRest,
  dumpServer,
  type MysqlServer,
} from "../../../oracle/mysql/dump.ts";
import { mysqlDialect } from "../../../oracle/mysql/mysql-dialect.ts";
import { MysqlSession } from "../../../oracle/mysql/session.ts";
import { createWorkload } from "../../../oracle/workload.ts";
import { describeMysql } from "../../../support/describe-mysql.ts";
import { MYSQL_VERSIONS } from "../../../support/mysql-binaries.ts";
import {
  startMysqlServer,
  type TestMysql,
} from "../../../support/mysql-server.ts";
import { never } from "../../../support/never.ts";
import { waitUntil } from "../../../support/wait-until.ts";

function serverOf(server: TestMysql): MysqlServer {
  return {
    flavour: server.flavour,
    connect: () => MysqlSession.open(server.url()),
  };
}

/** The server's own replication, which stops where it is told to. */
class Replica {
  private readonly server: TestMysql;

  constructor(server: TestMysql) {
    this.server = server;
  }

  async follow(source: TestMysql): Promise<void> {
    await this.server.query(
      this.server.flavour === "mysql"
        ? `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${source.port}, SOURCE_USER = 'root', SOURCE_LOG_FILE = 'binlog.000001', SOURCE_LOG_POS = 4, GET_SOURCE_PUBLIC_KEY = 1`
        : `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${source.port}, MASTER_USER = 'root', MASTER_LOG_FILE = 'binlog.000001', MASTER_LOG_POS = 4, MASTER_USE_GTID = no`,
    );
  }

  /** Of MySQL's workers: its coordinator says no more than that there was one. */
  private async workerError(told: string): Promise<string> {
    if (this.server.flavour === "mariadb") return told;
    const workers = await this.server.query<{ error: string }>(
      "SELECT last_error_message AS error FROM performance_schema.replication_applier_status_by_worker WHERE last_error_number <> 0",
    );
    return workers.map(({ error }) => error).join("; ");
  }

  /** Everything up to the position of a dump, and nothing behind it. */
  async replayTo({ position }: SourceDump): Promise<void> {
    const { file, offset } = binlogOf(position);
    const { flavour } = this.server;
    await this.server.query(
      flavour === "mysql"
        ? `START REPLICA UNTIL SOURCE_LOG_FILE = '${file}', SOURCE_LOG_POS = ${offset}`
        : `START SLAVE UNTIL MASTER_LOG_FILE = '${file}', MASTER_LOG_POS = ${offset}`,
    );
    await waitUntil(
      `the replica comes to ${formatPosition(position)}`,
      async () => {
        const [status] = await this.server.query(
          flavour === "mysql" ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS",
        );
        const error = status?.["Last_SQL_Error"] ?? "";
        if (error !== "") throw new Error(await this.workerError(error));
        const running =
          status?.["Replica_SQL_Running"] ?? status?.["Slave_SQL_Running"];
        return running === "No";
      },
      60_000,
    );
    await this.server.query(
      flavour === "mysql" ? "STOP REPLICA" : "STOP SLAVE",
    );
  }
}

describeMysql(
  MYSQL_VERSIONS,
  ({ version }) => {
    test(
      "what a dump holds is what the server itself replays up to its position",
      { timeout: 180_000 },
      async () => {
        const seed = `${Math.random()}`;
        console.log(`seed ${seed}`);
        await using server = await startMysqlServer(version);
        await using copy = await startMysqlServer(version, {
          settings: { "server-id": 2, "event-scheduler": "OFF" },
        });
        const source = serverOf(server);
        const workload = createWorkload({
          seed,
          dialect: mysqlDialect(version, source.connect),
          intensity: {
            ...{ keys: 60, bigRows: 500, big: 0.02, truncate: 0.05 },
            replicable: true,
          },
          transactions: 120,
        });
        await workload.setup();
        // A replica disables it in words of its own.
        await server.query("DROP EVENT oracle.nightly");
        const dumps: SourceDump[] = [];
        const work = workload.run(3, never);
        const [stats] = await Promise.all([
          work,
          (async () => {
            for (let count = 0; count < 3; count++) {
              dumps.push(await dumpServer(source));
              await server.query("FLUSH BINARY LOGS");
            }
          })(),
        ]);
        expect(stats.transactions).toBe(360);
        expect(stats.committed).toBeGreaterThan(0);
        dumps.push(await dumpServer(source));
        const atRest = await dumpAtRest(source);
        expect(dumps.at(-1)).toEqual({
          ...atRest,
          position: dumps.at(-1)?.position,
        });

        const replica = new Replica(copy);
        await replica.follow(server);
        dumps.reduce((earlier, later) => {
          expect(isAtOrBefore(earlier.position, later.position)).toBe(true);
          return later;
        });
        for (const dump of dumps) {
          await replica.replayTo(dump);
          const replayed = await dumpAtRest(serverOf(copy));
          expect(compareDumps(dump, replayed)).toEqual([]);
        }
      },
    );

    test("a difference is seen: a value, a row, a column, a key, a table, a trigger, a counter behind its rows", async () => {
      await using server = await startMysqlServer(version);
      const at = serverOf(server);
      const setUp = `
        DROP DATABASE IF EXISTS d;
        CREATE DATABASE d;
        CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(9), f FLOAT, e ENUM('', 'x'), KEY by_v (v));
        SET sql_mode = '';
        INSERT INTO d.t (v, f, e) VALUES ('', 1.1, ''), (NULL, 0, 'x'), ('x', 16777216, 'no such'), ('x', NULL, NULL)`;
      await server.query(setUp);
      const before = await dumpAtRest(at);
      expect(compareDumps(before, before)).toEqual([]);
      for (const [sql, difference] of [
        [
          "UPDATE d.t SET v = NULL WHERE id = 1",
          /^table d\.t: 4 rows \w+ are 4/,
        ],
        ["UPDATE d.t SET v = 'X' WHERE id = 3", /^table d\.t: 4 rows/],
        ["UPDATE d.t SET f = 16777218 WHERE id = 3", /^table d\.t: 4 rows/],
        ["UPDATE d.t SET e = 1 WHERE id = 3", /^table d\.t: 4 rows/],
        ["DELETE FROM d.t WHERE id = 3", /^table d\.t: 4 rows \w+ are 3/],
        ["ALTER TABLE d.t ALTER v SET DEFAULT 'y'", /^columns of d\.t: /],
        ["ALTER TABLE d.t DROP KEY by_v", /^definition of table d\.t: /],
        ["CREATE TABLE d.more (n INT)", /^table d\.more is too many/],
        [
          "CREATE TRIGGER d.tr BEFORE INSERT ON d.t FOR EACH ROW SET NEW.v = 'y'",
          /^definition of trigger d\.tr is too many/,
        ],
      ] as const) {
        await server.query(sql);
        expect(compareDumps(before, await dumpAtRest(at))).toContainEqual(
          expect.stringMatching(difference),
        );
        await server.query(setUp);
        expect(compareDumps(before, await dumpAtRest(at))).toEqual([]);
      }
      const behind = {
        ...before,
        sequences: new Map([
          ["d.t", { increment: 1n, next: 4n, furthest: 4n }],
        ]),
      };
      expect(compareDumps(before, behind)).toEqual([
        "sequence d.t gives 4, and its rows have 4",
      ]);
    });
  },
  { own: true },
);
