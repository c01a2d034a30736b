import { expect, test } from "vitest";
import {
  type MysqlAddress,
  MysqlConnection,
} from "../../../src/engine/mysql/connection.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { mysqlAddressOf } from "../../support/mysql-address.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { never } from "../../support/never.ts";
import { waitUntil } from "../../support/wait-until.ts";

function open(address: MysqlAddress): Promise<MysqlConnection> {
  return MysqlConnection.open(address, { name: "test" }, never);
}

describeMysql(MYSQL_VERSIONS, (mysql) => {
  const address = () => mysqlAddressOf(mysql.server.url());

  test("says what server it is", async () => {
    await using connection = await open(address());
    expect(connection.flavour).toBe(mysql.server.flavour);
    const [asked] = await connection.query("SELECT VERSION()", never);
    expect(asked?.[0]).toContain(connection.version);
  });

  test("reads text, bytes and NULL", async () => {
    await using connection = await open(address());
    expect(
      await connection.query("SELECT 1, 'ä€😀', NULL, '', 1.50", never),
    ).toEqual([["1", "ä€😀", null, "", "1.50"]]);
    expect(
      await connection.queryRaw(
        "SELECT x'00ff', CONVERT('ä' USING latin1)",
        never,
      ),
    ).toEqual([[Buffer.of(0, 255), Buffer.of(0xe4)]]);
  });

  test("says how many rows a statement changed", async () => {
    const database = await mysql.server.createDatabase();
    await using connection = await open({ ...address(), database });
    await connection.run("CREATE TABLE t (id INT PRIMARY KEY)", never);
    const done = await connection.run("INSERT INTO t VALUES (1), (2)", never);
    expect(done).toMatchObject({ affectedRows: 2, warnings: 0 });
    const same = await connection.run(
      "UPDATE t SET id = 2 WHERE id = 2",
      never,
    );
    expect(same.affectedRows).toBe(0);
  });

  test("works on after the server refused a statement, with the server's words and number", async () => {
    await using connection = await open(address());
    await expect(connection.query("SELEC 1", never)).rejects.toMatchObject({
      code: "STATEMENT_FAILED",
      details: { errno: 1064, sqlstate: "42000", statement: "SELEC 1" },
    });
    expect(await connection.query("SELECT 2", never)).toEqual([["2"]]);
  });

  test("reads the first rows of a call and what it did", async () => {
    const database = await mysql.server.createDatabase();
    await mysql.server.query(
      `CREATE PROCEDURE ${database}.p() BEGIN SELECT 1; SELECT 2; END`,
    );
    await using connection = await open({ ...address(), database });
    expect(await connection.query("CALL p()", never)).toEqual([["1"], ["2"]]);
    expect(await connection.query("SELECT 3", never)).toEqual([["3"]]);
  });

  test("a value longer than a packet is one value", async () => {
    await using connection = await open(address());
    for (const length of [16_777_215 - 5, 16_777_215, 40_000_000]) {
      const [row] = await connection.queryRaw(
        `SELECT REPEAT('x', ${length}), 'end'`,
        never,
      );
      expect(row?.[0]?.length).toBe(length);
      expect(row?.[1]?.toString()).toBe("end");
    }
    const long = "y".repeat(17_000_000);
    expect(await connection.query(`SELECT LENGTH('${long}')`, never)).toEqual([
      ["17000000"],
    ]);
  });

  test("reads no more rows from the server than are taken", async () => {
    const database = await mysql.server.createDatabase();
    await mysql.server.query(
      `CREATE TABLE ${database}.t (id INT PRIMARY KEY, body LONGTEXT);
       INSERT INTO ${database}.t SELECT 1, REPEAT('x', 1000);
       ${Array.from({ length: 16 }, (_, i) => `INSERT INTO ${database}.t SELECT id + ${2 ** i}, body FROM ${database}.t`).join(";")}`,
    );
    await using connection = await open({ ...address(), database });
    const before = process.memoryUsage().arrayBuffers;
    const batches = connection.rows("SELECT id, body FROM t", never);
    const first = await batches.next();
    let rows = first.done === true ? 0 : first.value.length;
    await waitUntil("the server waits for us", async () => {
      const [row] = await mysql.server.query<{ state: string }>(
        `SELECT state FROM information_schema.processlist WHERE id = ${connection.id}`,
      );
      return /^(Sending to client|Writing to net)$/.test(row?.state ?? "");
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8e6);
    let bytes = 0;
    for await (const batch of batches) {
      rows += batch.length;
      for (const packet of batch) bytes += packet.length;
    }
    expect(rows).toBe(65536);
    expect(bytes).toBeGreaterThan(60_000_000);
    expect(await connection.query("SELECT 1", never)).toEqual([["1"]]);
  });

  test("rows that are not read to their end end the connection", async () => {
    await using connection = await open(address());
    for await (const batch of connection.rows(
      "SELECT 1 UNION SELECT 2",
      never,
    )) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    await expect(connection.query("SELECT 1", never)).rejects.toMatchObject({
      code: "SERVER_UNREACHABLE",
    });
  });

  test("loads a stream of bytes, and nothing of it where the stream fails", async () => {
    const database = await mysql.server.createDatabase();
    await using connection = await open({ ...address(), database });
    await connection.run(
      "CREATE TABLE t (id INT PRIMARY KEY, body TEXT)",
      never,
    );
    const into = "LOAD DATA LOCAL INFILE 'rows' INTO TABLE t";
    async function* lines(count: number) {
      for (let id = 0; id < count; id++) yield Buffer.from(`${id}\tx\\ty\n`);
    }
    const done = await connection.load(into, lines(50_000), never);
    expect(done.affectedRows).toBe(50_000);
    expect(
      await connection.query("SELECT COUNT(*), MIN(body) FROM t", never),
    ).toEqual([["50000", "x\ty"]]);
    expect((await connection.load(into, lines(0), never)).affectedRows).toBe(0);
    await expect(
      connection.load(
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE gone",
        lines(9),
        never,
      ),
    ).rejects.toMatchObject({ details: { errno: 1146 } });
    await connection.run("DELETE FROM t", never);
    await connection.run("START TRANSACTION", never);
    async function* broken() {
      yield* lines(50_000);
      throw new Error("the archive went away");
    }
    await expect(connection.load(into, broken(), never)).rejects.toThrow(
      "the archive went away",
    );
    await waitUntil("the server has ended the session", async () => {
      const [row] = await mysql.server.query<{ n: string }>(
        `SELECT COUNT(*) AS n FROM information_schema.processlist WHERE id = ${connection.id}`,
      );
      return row?.n === "0";
    });
    expect(
      await mysql.server.query(`SELECT COUNT(*) AS n FROM ${database}.t`),
    ).toEqual([{ n: "0" }]);
  });

  test("an abort ends the statement in the server, too", async () => {
    await using connection = await open(address());
    const stop = new AbortController();
    const sleeping = connection.query("SELECT SLEEP(600)", stop.signal);
    const isAtWork = async () => {
      const [row] = await mysql.server.query<{ n: string }>(
        `SELECT COUNT(*) AS n FROM information_schema.processlist WHERE info = 'SELECT SLEEP(600)'`,
      );
      return row?.n === "1";
    };
    await waitUntil("it sleeps", isAtWork);
    stop.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow("enough");
    await waitUntil("it is gone", async () => !(await isAtWork()));
  });

  test("a killed session is a server that went away", async () => {
    await using connection = await open(address());
    await mysql.server.query(`KILL ${connection.id}`);
    await expect(connection.query("SELECT 1", never)).rejects.toMatchObject({
      code: "SERVER_UNREACHABLE",
    });
  });

  test("the server's own settings do not change what is read", async () => {
    await mysql.server.query(
      "SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', GLOBAL time_zone = '+05:00', GLOBAL character_set_results = latin1",
    );
    try {
      await using connection = await open(address());
      expect(
        await connection.query(`SELECT "a\\\\b", FROM_UNIXTIME(1), 'ä'`, never),
      ).toEqual([["a\\b", "1970-01-01 00:00:01", "ä"]]);
    } finally {
      await mysql.server.query(
        "SET GLOBAL sql_mode = DEFAULT, GLOBAL time_zone = DEFAULT, GLOBAL character_set_results = DEFAULT",
      );
    }
  });
});
