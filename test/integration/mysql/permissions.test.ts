import { afterAll, beforeAll, expect, test } from "vitest";
import { MysqlTableReader } from "../../../src/engine/mysql/reader/mysql-table-reader.ts";
import { MysqlChangeSource } from "../../../src/engine/mysql/source/mysql-change-source.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { isMariadb, MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import {
  startMysqlServer,
  type TestMysql,
} from "../../support/mysql-server.ts";
import { mysqlSource, prepareMysql } from "../../support/prepare-mysql.ts";
import { never } from "../../support/never.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

/** What docs/permissions.md says of a source, each with the finding that `check` has for its lack. */
function rightsOf(mariadb: boolean): readonly (readonly [string, string])[] {
  return [
    ["REPLICATION SLAVE ON *.*", "replication-right"],
    [
      mariadb ? "BINLOG MONITOR ON *.*" : "REPLICATION CLIENT ON *.*",
      "replication-client-right",
    ],
    // MariaDB's snapshots know their own place.
    ...(mariadb ? [] : ([["LOCK TABLES ON shop.*", "hold-right"]] as const)),
    ["SELECT ON shop.*", "select-right"],
    ["SHOW VIEW ON shop.*", "definition-right"],
    ["TRIGGER ON shop.*", "definition-right"],
    ["EVENT ON shop.*", "definition-right"],
    [
      mariadb ? "SELECT ON mysql.proc" : "SHOW_ROUTINE ON *.*",
      "definition-right",
    ],
    ["SELECT ON tidemark.*", "log-right"],
    ["INSERT ON tidemark.*", "log-right"],
    ["DELETE ON tidemark.*", "log-right"],
  ];
}

const TO_PREPARE = (mariadb: boolean) => [
  "CREATE, DROP, SELECT, INSERT, DELETE ON tidemark.*",
  mariadb
    ? "RELOAD, REPLICATION SLAVE, BINLOG MONITOR ON *.*"
    : "RELOAD, REPLICATION SLAVE, REPLICATION CLIENT ON *.*",
];

/** docs/permissions.md: the rights that it names are enough, and none of them is too many. */
describeMysql(
  MYSQL_VERSIONS,
  ({ version }) => {
    const mariadb = isMariadb(version);
    const rights = rightsOf(mariadb);
    let server: TestMysql;
    beforeAll(async () => {
      server = await startMysqlServer(version, {
        settings: mariadb ? { "gtid-strict-mode": "ON" } : {},
      });
      await server.query(
        `CREATE DATABASE shop; USE shop;
         CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, note TEXT);
         INSERT INTO orders (note) VALUES ('one'), ('two');
         CREATE VIEW notes AS SELECT note FROM orders;
         CREATE PROCEDURE count_orders() SELECT COUNT(*) FROM orders;
         CREATE TRIGGER stamp BEFORE INSERT ON orders FOR EACH ROW SET NEW.note = UPPER(NEW.note);
         CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM orders WHERE id < 0`,
      );
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test("prepare and forget with their rights", async () => {
      const user = await server.createUser(...TO_PREPARE(mariadb));
      const { admin } = await prepareMysql(server, { user });
      expect(await admin.startPosition(never)).toEqual(
        await admin.preparedPosition(never),
      );
      await admin.forget(await admin.planForget(never), never);
      expect((await admin.planForget(never)).steps).toEqual([]);
    });

    test("check and a dry run need a login", async () => {
      const user = await server.createUser();
      const { admin } = mysqlSource(server, { user });
      const found = (await admin.diagnose(never)).map(({ code }) => code);
      expect(found).toContain("replication-right");
      expect(found).toContain("source-missing");
      expect((await admin.planPrepare(never)).steps.length).toBeGreaterThan(0);
    });

    test("run: capture, markers, readings of counters and bases", async () => {
      const { source } = await prepareMysql(server);
      const user = await server.createUser(...rights.map(([right]) => right));
      const { admin, address } = mysqlSource(server, { user, source });
      const includes = (schema: string) => schema === "shop";
      expect(await admin.diagnose(never)).toEqual([]);
      expect((await admin.preparation(never)).problems).toEqual([]);
      await admin.identity(never);
      const after = await admin.startPosition(never);
      await admin.mark("one", never);
      await admin.heartbeat("one", never);
      await admin.recordSequences(never);
      await using temp = await tempDirectory();
      await using changes = new MysqlChangeSource({
        ...{ source, address, includes, workFolder: temp.path },
        includesSchema: (schema) => schema === "shop",
      });
      let committed = 0;
      for await (const items of changes.read(after, never)) {
        committed += items.filter(
          (item) => item.kind === "part" && item.commit !== undefined,
        ).length;
        // The marker, the heartbeat and the counter.
        if (committed >= 3) break;
      }
      const reader = new MysqlTableReader(address, includes);
      await using snapshot = await reader.openSnapshot(
        { streams: 1, timeoutMs: 20_000 },
        never,
      );
      const [table] = snapshot.tables;
      if (table === undefined) throw new Error("no table");
      const rows: Buffer[] = [];
      for await (const chunk of snapshot.rows(table, never)) rows.push(chunk);
      expect(Buffer.concat(rows).toString()).toBe("1\tone\n2\ttwo\n");
      const { objects } = snapshot.definitions;
      const kinds = new Set<string>(objects.map(({ kind }) => kind));
      for (const kind of ["table", "view", "procedure", "trigger", "event"])
        expect([...kinds]).toContain(kind);
      await using turn = await admin.waitForBaseTurn(never);
      expect(turn.lost.aborted).toBe(false);
    });

    test("none of the rights of run is too many, and check names each that is missing", async () => {
      const { source } = await prepareMysql(server);
      const user = await server.createUser(...rights.map(([right]) => right));
      const { admin } = mysqlSource(server, { user, source });
      for (const [right, code] of rights) {
        await server.query(`REVOKE ${right} FROM ${user.user}`);
        const problems = await admin.diagnose(never);
        expect(problems.map((problem) => problem.code)).toContain(code);
        const mends = problems.filter((problem) => problem.code === code);
        for (const { mend } of mends)
          await server.query(mend.replace(/ --.*/, ""));
        expect(await admin.diagnose(never)).toEqual([]);
      }
    });
  },
  { own: true },
);
