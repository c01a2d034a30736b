import { expect, test } from "vitest";
import { MysqlTableReader } from "../../../src/engine/mysql/reader/mysql-table-reader.ts";
import type { Snapshot } from "../../../src/engine/table-reader.ts";
import { caught } from "../../support/caught.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { mysqlAddressOf } from "../../support/mysql-address.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import type { MysqlUser, TestMysql } from "../../support/mysql-server.ts";
import { never } from "../../support/never.ts";
import { waitUntil } from "../../support/wait-until.ts";

const OPTIONS = { streams: 2, timeoutMs: 30_000 };

function readerOf(server: TestMysql, database: string, user?: MysqlUser) {
  const address = mysqlAddressOf(server.url(database, user));
  return new MysqlTableReader(address, () => true);
}

async function rowsOf(snapshot: Snapshot): Promise<string> {
  const [table] = snapshot.tables;
  if (table === undefined) throw new Error("no table");
  let text = "";
  for await (const chunk of snapshot.rows(table, never))
    text += chunk.toString();
  return text;
}

describeMysql(MYSQL_VERSIONS, (mysql) => {
  test("a base beside a long SELECT: neither the base nor writers wait for it", async () => {
    const { server } = mysql;
    const database = await server.createDatabase();
    await server.query(
      `CREATE TABLE ${database}.t (id int PRIMARY KEY); INSERT INTO ${database}.t VALUES (1)`,
    );
    await using slow = server.connect(database);
    const selecting = slow.query("SELECT SLEEP(3600) FROM t");
    selecting.catch(() => undefined);
    let id = "";
    await waitUntil("it is at work", async () => {
      const [found] = await server.query<{ id: string }>(
        "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(3600) FROM t'",
      );
      id = found?.id ?? "";
      return id !== "";
    });
    let isOver = false;
    let written = 1;
    const opening = readerOf(server, database)
      .openSnapshot({ streams: 1, timeoutMs: 4_000 }, never)
      .finally(() => (isOver = true));
    opening.catch(() => undefined);
    await using writer = server.connect(database);
    // The server itself refuses a write that would wait longer.
    await writer.query("SET lock_wait_timeout = 2");
    while (!isOver || written < 100)
      await writer.query(`INSERT INTO t VALUES (${++written})`);
    await using snapshot = await opening;
    expect(await rowsOf(snapshot)).toMatch(/^1\n/);
    await server.query(`KILL ${id}`);
    expect(written).toBeGreaterThan(1);
  });

  test("who may not hold everybody up holds the captured tables up, or takes one session that knows its place", async () => {
    const { server } = mysql;
    const database = await server.createDatabase();
    await server.query(
      `CREATE TABLE ${database}.t (id int PRIMARY KEY); INSERT INTO ${database}.t VALUES (1)`,
    );
    const rights = [
      `SELECT, SHOW VIEW, TRIGGER, EVENT ON ${database}.*`,
      "REPLICATION CLIENT ON *.*",
    ];
    const user = await server.createUser(...rights);
    const reader = readerOf(server, database, user);
    if (server.flavour === "mysql") {
      expect(
        await caught(() => reader.openSnapshot(OPTIONS, never)),
      ).toMatchObject({
        code: "RIGHT_MISSING",
        hint: expect.stringContaining("LOCK TABLES") as string,
      });
      await server.query(`GRANT LOCK TABLES ON ${database}.* TO ${user.user}`);
    }
    await using snapshot = await reader.openSnapshot(OPTIONS, never);
    await server.query(`INSERT INTO ${database}.t VALUES (2)`);
    const both = await Promise.all([rowsOf(snapshot), rowsOf(snapshot)]);
    expect(both).toEqual(["1\n", "1\n"]);
    await using whole = await readerOf(server, database).openSnapshot(
      OPTIONS,
      never,
    );
    expect(await rowsOf(whole)).toBe("1\n2\n");
  });

  test("DDL does not wait for a base that has copied its table", async () => {
    const { server } = mysql;
    const database = await server.createDatabase();
    await server.query(
      `CREATE TABLE ${database}.t (id int PRIMARY KEY); INSERT INTO ${database}.t VALUES (1)`,
    );
    await using snapshot = await readerOf(server, database).openSnapshot(
      OPTIONS,
      never,
    );
    expect(await rowsOf(snapshot)).toBe("1\n");
    await server.query(
      `SET lock_wait_timeout = 5; ALTER TABLE ${database}.t ADD x int`,
    );
    const [table] = snapshot.tables;
    if (table === undefined) throw new Error("no table");
    expect(await snapshot.disturbance(table, never)).toBe(
      "its columns were altered",
    );
  });

  test("tables whose rows cannot be had as of one place are refused by name", async () => {
    const { server } = mysql;
    const database = await server.createDatabase();
    await server.query(
      `CREATE TABLE ${database}.mine (id int PRIMARY KEY) ENGINE=MyISAM`,
    );
    const error = await caught(() =>
      readerOf(server, database).openSnapshot(OPTIONS, never),
    );
    expect(error.code).toBe("PREFLIGHT");
    expect(error.message).toContain(`${database}.mine: its engine MyISAM`);
  });
});
