import { expect, test } from "vitest";
import {
  binlogOf,
  formatPosition,
  isAtOrBefore,
} from "../../../src/core/position.ts";
import { GtidSet } from "../../../src/core/gtid-set.ts";
import { parseSourceName } from "../../../src/core/source-name.ts";
import { MysqlSourceAdmin } from "../../../src/engine/mysql/admin/mysql-source-admin.ts";
import { caught } from "../../support/caught.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { mysqlAddressOf } from "../../support/mysql-address.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { startMysqlServer } from "../../support/mysql-server.ts";
import { mysqlSource, prepareMysql } from "../../support/prepare-mysql.ts";
import { never } from "../../support/never.ts";
import { waitUntil } from "../../support/wait-until.ts";

interface LogRow {
  readonly kind: string;
  readonly name: string;
  readonly body: string;
}

describeMysql(
  ["mariadb-11.8"],
  ({ version }) => {
    test("a schema that is spelled otherwise than by its server is refused: its log has one spelling", async () => {
      await using server = await startMysqlServer(version, {
        settings: { "lower-case-table-names": 1 },
      });
      await server.query("CREATE DATABASE Shop");
      const admin = (database: string) =>
        new MysqlSourceAdmin(
          parseSourceName("shop"),
          mysqlAddressOf(server.url(database)),
          () => true,
        );
      expect(await caught(() => admin("Shop").diagnose(never))).toMatchObject({
        code: "CONFIG",
        message: expect.stringContaining("calls this schema shop") as string,
      });
      expect(await admin("shop").diagnose(never)).toBeDefined();
    });
  },
  { own: true },
);

describeMysql(MYSQL_VERSIONS, (mysql) => {
  const logged = (kind: string) =>
    mysql.server.query<LogRow>(
      `SELECT kind, name, body FROM tidemark.log WHERE kind = '${kind}' ORDER BY id`,
    );

  test("a source that is not prepared says so", async () => {
    const { admin, source } = mysqlSource(mysql.server);
    const error = await caught(() => admin.startPosition(never));
    expect(error).toMatchObject({
      code: "SOURCE_NOT_PREPARED",
      hint: `tidemark prepare ${source}`,
    });
    const { problems } = await admin.preparation(never);
    expect(problems.map(({ code }) => code)).toContain("source-missing");
  });

  test("history begins with the file that prepare began, and with exactly what was executed before it", async () => {
    const database = await mysql.server.createDatabase();
    const { admin } = await prepareMysql(mysql.server);
    const start = binlogOf(await admin.startPosition(never));
    expect(start).toEqual(await admin.preparedPosition(never));
    const files = await mysql.server.query<{ Log_name: string }>(
      "SHOW BINARY LOGS",
    );
    expect(start).toMatchObject({ file: files.at(-1)?.Log_name, offset: 4 });
    await mysql.server.query(`CREATE TABLE ${database}.t (id INT PRIMARY KEY)`);
    const now = binlogOf(await admin.currentPosition(never));
    expect(isAtOrBefore(start, now)).toBe(true);
    expect(now.offset).toBeGreaterThan(4);
    const [before, after] = [start, now].map(({ gtids }) =>
      GtidSet.parse(gtids ?? ""),
    );
    expect(after?.contains(before ?? new GtidSet())).toBe(true);
    expect(before?.contains(after ?? new GtidSet())).toBe(false);
  });

  test("prepare has nothing more to do once it is done, and its mark stays", async () => {
    const { admin } = await prepareMysql(mysql.server);
    expect((await admin.planPrepare(never)).steps).toEqual([]);
    const { mark, problems } = await admin.preparation(never);
    expect(problems).toEqual([]);
    await admin.heartbeat("x", never);
    expect((await admin.preparation(never)).mark).toBe(mark);
  });

  test("a source that was forgotten and prepared again has another mark and another beginning", async () => {
    const { admin, source } = await prepareMysql(mysql.server);
    const { mark } = await admin.preparation(never);
    const start = await admin.startPosition(never);
    await admin.forget(await admin.planForget(never), never);
    await expect(admin.startPosition(never)).rejects.toMatchObject({
      code: "SOURCE_NOT_PREPARED",
    });
    const again = await prepareMysql(mysql.server, { source });
    expect((await again.admin.preparation(never)).mark).not.toBe(mark);
    const anew = await again.admin.startPosition(never);
    expect(isAtOrBefore(anew, start)).toBe(false);
  });

  test("knows the server, all of it or one schema", async () => {
    const database = await mysql.server.createDatabase();
    const { admin } = await prepareMysql(mysql.server);
    const whole = await admin.identity(never);
    expect(whole).toMatchObject({
      engine: mysql.server.flavour,
      schema: null,
      database: "",
    });
    const part = mysqlSource(mysql.server, { database });
    expect(await part.admin.identity(never)).toEqual({
      ...whole,
      schema: database,
      database,
    });
  });

  test("markers and heartbeats are rows of the log", async () => {
    const { admin } = await prepareMysql(mysql.server);
    await admin.mark("before 'the' \\ release", never);
    await admin.heartbeat("idle", never);
    expect((await logged("marker")).at(-1)).toEqual({
      kind: "marker",
      name: "before 'the' \\ release",
      body: "{}",
    });
    expect((await logged("heartbeat")).at(-1)?.name).toBe("idle");
  });

  test("records the counters that moved, and only those", async () => {
    const database = await mysql.server.createDatabase();
    await mysql.server.query(
      `CREATE TABLE ${database}.t (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY);
       CREATE TABLE ${database}.unused (id INT AUTO_INCREMENT PRIMARY KEY);
       INSERT INTO ${database}.t VALUES (18446744073709551610)`,
    );
    const { admin } = await prepareMysql(mysql.server, { database });
    await admin.recordSequences(never);
    const readings = async () =>
      (await logged("sequence"))
        .filter(({ name }) => name.startsWith(`${database}.`))
        .map(({ body }) => JSON.parse(body) as unknown);
    const first = {
      namespace: database,
      name: "t",
      lastValue: "18446744073709551610",
    };
    expect(await readings()).toEqual([first]);
    await admin.recordSequences(never);
    expect(await readings()).toEqual([first]);
    await mysql.server.query(`INSERT INTO ${database}.t VALUES (NULL)`);
    await admin.recordSequences(never);
    expect(await readings()).toEqual([
      first,
      { ...first, lastValue: "18446744073709551611" },
    ]);
  });

  test("the server's clock, in microseconds", async () => {
    const { admin } = mysqlSource(mysql.server);
    const micros = await admin.now(never);
    expect(Math.abs(Number(micros) / 1000 - Date.now())).toBeLessThan(60_000);
  });

  test("one base at a time; the turn goes with its session", async () => {
    const { admin, source } = await prepareMysql(mysql.server);
    const second = mysqlSource(mysql.server, { source }).admin;
    const turn = await admin.waitForBaseTurn(never);
    let isSecond = false;
    const waiting = second.waitForBaseTurn(never).then((next) => {
      isSecond = true;
      return next;
    });
    const [held] = await mysql.server.query<{ id: string }>(
      `SELECT IS_USED_LOCK('tidemark.base.${source}') AS id`,
    );
    expect(isSecond).toBe(false);
    await mysql.server.query(`KILL ${held?.id}`);
    await using next = await waiting;
    expect(turn.lost.aborted).toBe(true);
    expect(turn.lost.reason).toMatchObject({ code: "SERVER_UNREACHABLE" });
    expect(next.lost.aborted).toBe(false);
    await turn[Symbol.asyncDispose]();
  });

  test("nothing is removed while somebody reads the log", async () => {
    const { admin, source } = await prepareMysql(mysql.server);
    const plan = await admin.planForget(never);
    expect((await admin.retained(never)).slotActive).toBe(false);
    {
      await using reader = mysql.server.connect();
      await reader.query(`DO GET_LOCK('tidemark.capture.${source}', 0)`);
      expect((await admin.retained(never)).slotActive).toBe(true);
      await expect(admin.forget(plan, never)).rejects.toMatchObject({
        code: "SLOT_BUSY",
      });
    }
    expect(await admin.startPosition(never)).toBeDefined();
  });
});

describeMysql(
  MYSQL_VERSIONS,
  ({ version }) => {
    test("the schema goes with the last source, and not with what somebody else has put there", async () => {
      await using server = await startMysqlServer(version);
      const one = await prepareMysql(server);
      const other = await prepareMysql(server);
      const forget = async ({ admin }: typeof one) =>
        admin.forget(await admin.planForget(never), never);
      await forget(one);
      expect(await other.admin.startPosition(never)).toBeDefined();
      await server.query("CREATE TABLE tidemark.mine (id INT)");
      await forget(other);
      expect(await server.query("SHOW TABLES IN tidemark")).toHaveLength(1);
      const third = await prepareMysql(server);
      await server.query("DROP TABLE tidemark.mine");
      await forget(third);
      expect(await server.query("SHOW DATABASES LIKE 'tidemark'")).toEqual([]);
      await forget(third);
    });

    test("log that the server has dropped moves the start; log that it began anew has no start", async () => {
      await using server = await startMysqlServer(version);
      const { admin } = await prepareMysql(server);
      const prepared = binlogOf(await admin.preparedPosition(never));
      await server.query("CREATE DATABASE a; FLUSH BINARY LOGS");
      await server.query("CREATE DATABASE b; FLUSH BINARY LOGS");
      expect(await admin.startPosition(never)).toEqual(prepared);
      const files = await server.query<{ Log_name: string }>(
        "SHOW BINARY LOGS",
      );
      const kept = files.at(-1)?.Log_name ?? "";
      if (version === "mariadb-11.8")
        await server.query("SET GLOBAL slave_connections_needed_for_purge = 0");
      // MariaDB keeps a file until all that it says is in the tables.
      await waitUntil("older files are gone", async () => {
        await server.query(`PURGE BINARY LOGS TO '${kept}'`);
        const left = await server.query<{ Log_name: string }>(
          "SHOW BINARY LOGS",
        );
        return left[0]?.Log_name === kept;
      });
      const start = binlogOf(await admin.startPosition(never));
      expect(start).toMatchObject({ file: kept, offset: 4 });
      const executed = GtidSet.parse(
        binlogOf(await admin.currentPosition(never)).gtids ?? "",
      );
      expect(GtidSet.parse(start.gtids ?? "").contains(executed)).toBe(true);
      expect(await admin.preparedPosition(never)).toEqual(prepared);
      await server.query(
        server.flavour === "mysql"
          ? "RESET BINARY LOGS AND GTIDS"
          : "RESET MASTER",
      );
      await expect(admin.startPosition(never)).rejects.toMatchObject({
        code: "HISTORY_LOST",
        message: expect.stringContaining(formatPosition(prepared)) as string,
      });
    });

    test("prepare is refused where changes would be missed or not understood", async () => {
      await using server = await startMysqlServer(version, {
        settings: { "binlog-row-metadata": "MINIMAL", "sync-binlog": 0 },
      });
      const { admin } = mysqlSource(server);
      await expect(admin.planPrepare(never)).rejects.toMatchObject({
        code: "PREFLIGHT",
        hint: expect.stringContaining("binlog_row_metadata") as string,
      });
      await server.query("SET GLOBAL binlog_row_metadata = FULL");
      await server.query(
        "CREATE DATABASE a; CREATE TABLE a.t (id INT PRIMARY KEY); XA START 'x'; INSERT INTO a.t VALUES (1); XA END 'x'; XA PREPARE 'x'",
      );
      await expect(admin.planPrepare(never)).rejects.toMatchObject({
        code: "PREFLIGHT",
        message: expect.stringContaining("1 XA transactions") as string,
      });
    });

    test("a setting that was changed behind our back is another mark, and a problem", async () => {
      await using server = await startMysqlServer(version);
      const { admin } = await prepareMysql(server);
      const { mark } = await admin.preparation(never);
      await server.query("SET GLOBAL binlog_row_image = MINIMAL");
      const changed = await admin.preparation(never);
      expect(changed.mark).not.toBe(mark);
      expect(changed.problems.map(({ code }) => code)).toEqual([
        "binlog-row-image",
      ]);
      await server.restart({ "binlog-ignore-db": "other" });
      const filtered = await admin.preparation(never);
      expect(filtered.problems.map(({ code }) => code)).toEqual([
        "binlog-ignore-db",
      ]);
      await server.restart({ "binlog-ignore-db": undefined });
      expect(await admin.preparation(never)).toEqual({ mark, problems: [] });
    });
  },
  { own: true },
);
