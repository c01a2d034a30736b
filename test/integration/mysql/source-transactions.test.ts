import { expect, it } from "vitest";
import {
  binlogOf,
  formatPosition,
  type BinlogPosition,
} from "../../../src/core/position.ts";
import { decodeChanges } from "../../../src/format/change-codec.ts";
import { partsOf } from "../../support/decode-stream.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { caught } from "../../support/caught.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import {
  openMysqlSource,
  type TestMysqlSource,
} from "../../support/mysql-source.ts";
import {
  SourceReader,
  type ReadTransaction,
} from "../../support/source-reader.ts";

const TABLES = `CREATE TABLE t (id int PRIMARY KEY, note text);
  CREATE TABLE n (id int, note text);
  CREATE TABLE m (id int, note text) ENGINE=MyISAM;
  CREATE DATABASE IF NOT EXISTS tidemark;
  CREATE TABLE IF NOT EXISTS tidemark.log (id bigint PRIMARY KEY AUTO_INCREMENT, kind varchar(20), name varchar(255), body longtext);`;

/** All that was written up to now, each transaction as text. */
async function readAll(under: TestMysqlSource): Promise<readonly string[]> {
  const end = await under.end();
  await using reader = new SourceReader(
    under.open({ progressEveryMs: 20 }),
    under.start,
  );
  await reader.until("the end", () => reader.hasPassed(end));
  return reader.read.map(describeTransaction);
}

function describeTransaction({ rows }: ReadTransaction): string {
  return rows
    .map(({ kind, table, values }) =>
      [kind, table, ...values.map(String)].join(" "),
    )
    .join(", ");
}

describeMysql(MYSQL_VERSIONS, (mysql) => {
  const open = () => openMysqlSource(mysql.server, { setup: TABLES });
  /** Where GTIDs are enforced, MySQL has tables without transactions in no transaction. */
  const kept = () =>
    mysql.server.flavour === "mariadb"
      ? "INSERT INTO m VALUES (2, 'kept');"
      : "";
  const keptRows = () => (kept() === "" ? [] : ["insert m 2 kept"]);

  it("is without what a savepoint takes back", async () => {
    await using under = await open();
    await under.run(`BEGIN; INSERT INTO t VALUES (1, 'a'); SAVEPOINT x;
      INSERT INTO t VALUES (2, 'b'); ${kept()} SAVEPOINT \`Y z\`;
      INSERT INTO t VALUES (3, 'c'); ROLLBACK TO x; INSERT INTO t VALUES (4, 'd');
      SAVEPOINT X; INSERT INTO t VALUES (5, 'e'); RELEASE SAVEPOINT x; COMMIT;
      BEGIN; SAVEPOINT a; INSERT INTO t VALUES (6, 'f'); ROLLBACK TO a; COMMIT`);
    expect(await readAll(under)).toEqual([
      ...keptRows(),
      "insert t 1 a, insert t 4 d, insert t 5 e",
    ]);
  });

  it("is nothing when it is rolled back", async () => {
    await using under = await open();
    await under.run(`BEGIN; INSERT INTO t VALUES (1, 'a'); ROLLBACK;
      BEGIN; INSERT INTO t VALUES (1, 'a'); ${kept()} ROLLBACK;
      INSERT INTO t VALUES (2, 'b')`);
    expect(await readAll(under)).toEqual([...keptRows(), "insert t 2 b"]);
  });

  it("is nothing when more than a part of it was read before its end", async () => {
    await using under = await open();
    await under.run(`INSERT INTO t VALUES (1, 'a');
      BEGIN; INSERT INTO t WITH RECURSIVE g (n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM g WHERE n < 40) SELECT n, repeat('x', 60000) FROM g;
        CREATE TEMPORARY TABLE own (a int); ROLLBACK;
      INSERT INTO t VALUES (2, 'b')`);
    expect(await readAll(under)).toEqual(["insert t 1 a", "insert t 2 b"]);
    if (mysql.server.flavour !== "mariadb") return;
    // A temporary table is not undone, and so MariaDB writes down all of it.
    const log = await mysql.server.query<{ Info: string }>(
      `SHOW BINLOG EVENTS IN '${under.start.file}' FROM ${under.start.offset}`,
    );
    expect(log.map(({ Info }) => Info)).toContain("ROLLBACK");
  });

  it("has rows of tables without transactions, statement by statement", async () => {
    await using under = await open();
    await under.run(
      "INSERT INTO m VALUES (1, 'x'), (1, 'x'); DELETE FROM m LIMIT 1",
    );
    expect(await readAll(under)).toEqual([
      "insert m 1 x, insert m 1 x",
      "delete m 1 x",
    ]);
  });

  it("has XA transactions where they are committed", async () => {
    await using under = await open();
    await under.run(
      `XA START 'a', 'branch', 7; INSERT INTO t VALUES (1, 'a'); XA END 'a', 'branch', 7; XA PREPARE 'a', 'branch', 7`,
    );
    await using other = mysql.server.connect(under.database);
    await other.query("INSERT INTO n VALUES (2, 'between')");
    await under.run(`XA COMMIT 'a', 'branch', 7;
      XA START 'b'; INSERT INTO t VALUES (3, 'b'); XA END 'b'; XA PREPARE 'b'; XA ROLLBACK 'b';
      XA START 'c'; INSERT INTO t VALUES (4, 'c'); XA END 'c'; XA COMMIT 'c' ONE PHASE;
      XA START 'd'; XA END 'd'; XA PREPARE 'd'; XA COMMIT 'd'`);
    expect(await readAll(under)).toEqual([
      "insert n 2 between",
      "insert t 1 a",
      "insert t 4 c",
    ]);
  });

  it("goes on from where an XA transaction is undecided", async () => {
    await using under = await open();
    await under.run(
      "XA START 'u1'; INSERT INTO t VALUES (1, 'a'); XA END 'u1'; XA PREPARE 'u1'",
    );
    await using other = mysql.server.connect(under.database);
    await other.query(
      "INSERT INTO n VALUES (2, 'b'); XA START 'u2'; INSERT INTO t VALUES (3, 'c'); XA END 'u2'; XA PREPARE 'u2'",
    );
    await using third = mysql.server.connect(under.database);
    await third.query("INSERT INTO n VALUES (4, 'd')");
    const places: BinlogPosition[] = [];
    {
      const end = await under.end();
      await using reader = new SourceReader(
        under.open({ progressEveryMs: 20 }),
        under.start,
      );
      await reader.until("the end", () => reader.hasPassed(end));
      places.push(
        ...reader.read.map(({ position }) => binlogOf(position)),
        ...reader.progress.slice(-1).map(binlogOf),
      );
    }
    const [first] = places.map(({ undecided }) => undecided);
    expect(first).toBeDefined();
    expect(places.map(({ undecided }) => undecided)).toEqual(
      places.map(() => first),
    );
    await under.run("XA COMMIT 'u1'");
    await other.query("XA COMMIT 'u2'");
    await third.query("INSERT INTO n VALUES (5, 'e')");
    const texts: string[][] = [];
    for (const place of places) {
      await waitUntil("it is free", async () => !(await under.isRead()));
      const end = await under.end();
      await using reader = new SourceReader(
        under.open({ progressEveryMs: 20 }),
        place,
      );
      await reader.until("the end", () => reader.hasPassed(end));
      expect(binlogOf(reader.read.at(-1)?.position ?? place)).toMatchObject({
        gtids: end.gtids,
        undecided: undefined,
      });
      texts.push(
        reader.read.map(
          (one) =>
            `${describeTransaction(one)} ${formatPosition(one.position)}`,
        ),
      );
    }
    const [all = [], ...later] = texts;
    expect(all.map((text) => text.replace(/ binlog.*/, ""))).toEqual([
      "insert n 4 d",
      "insert t 1 a",
      "insert t 3 c",
      "insert n 5 e",
    ]);
    for (const rest of later) expect(rest).toEqual(all.slice(1));
  });

  it("stops where an XA transaction is committed that was prepared before its history", async () => {
    await using under = await open();
    await under.run(
      "XA START 'old'; INSERT INTO t VALUES (1, 'a'); XA END 'old'; XA PREPARE 'old'",
    );
    const late = await under.end();
    await under.run("XA COMMIT 'old'");
    await using reader = new SourceReader(under.open(), late);
    const error = await caught(() => reader.next());
    expect(error.code).toBe("SOURCE_UNREADABLE");
    expect(error.message).toContain("X'6f6c64',X'',1");
  });

  it("has updates of several tables, of keys, and of nothing", async () => {
    await using under = await open();
    await under.run(`INSERT INTO t VALUES (1, 'a'), (2, NULL); INSERT INTO n VALUES (1, 'x'), (1, 'x');
      UPDATE t, n SET t.note = 'both', n.note = 'too' WHERE t.id = n.id;
      UPDATE t SET id = id + 10; UPDATE t SET note = note; DELETE FROM n LIMIT 1;
      INSERT INTO t VALUES (12, 'z') ON DUPLICATE KEY UPDATE note = 'dup'`);
    expect(await readAll(under)).toEqual([
      "insert t 1 a, insert t 2 null",
      "insert n 1 x, insert n 1 x",
      expect.stringMatching(/^update . 1 \w+, update . 1 \w+, update . 1 \w+$/),
      "update t 11 both, update t 12 null",
      "delete n 1 too",
      "update t 12 dup",
    ]);
  });

  it("has rows of tables with generated columns, also of such as were altered or dropped since", async () => {
    await using under = await open();
    await under.run(`
      CREATE TABLE g (id int PRIMARY KEY, a int AS (id * 2) STORED, note text, b text AS (upper(note)) VIRTUAL, h blob, UNIQUE (h(9)));
      CREATE TABLE k LIKE g; ALTER TABLE k DROP PRIMARY KEY; CREATE TABLE gone LIKE g;
      INSERT INTO g (id, note) VALUES (1, 'x'), (2, NULL); UPDATE g SET note = 'y' WHERE id = 1; UPDATE g SET id = 3 WHERE id = 2;
      DELETE FROM g WHERE id = 3; INSERT INTO k (id, note) VALUES (1, 'x'); UPDATE k SET note = 'y'; DELETE FROM k;
      CREATE TABLE late LIKE g; INSERT INTO late (id, note) VALUES (1, 'x'); UPDATE late SET note = 'z'; ALTER TABLE late DROP COLUMN b;
      INSERT INTO gone (id, note) VALUES (1, 'x'); UPDATE gone SET note = 'y'; DELETE FROM gone; DROP TABLE gone`);
    const read = await readAll(under);
    const isWithout = mysql.server.version === "mariadb-11.8";
    const row = (id: number, a: number, note: string | null) =>
      isWithout
        ? `${id} ${note} null`
        : `${id} ${a} ${note} ${note?.toUpperCase() ?? null} null`;
    const rows = read.filter((each) => !each.startsWith("ddl"));
    expect(rows.slice(0, 4)).toEqual([
      `insert g ${row(1, 2, "x")}, insert g ${row(2, 4, null)}`,
      `update g ${row(1, 2, "y")}`,
      `update g ${row(3, 6, null)}`,
      expect.stringMatching(/^delete g 3/),
    ]);
    expect(rows.slice(4, 7)).toEqual([
      `insert k ${row(1, 2, "x")}`,
      `update k ${row(1, 2, "y")}`,
      `delete k ${row(1, 2, "y")}`,
    ]);
    const kinds = rows.slice(7).map((each) => /^\S+ \S+/.exec(each)?.[0]);
    expect(kinds).toEqual([
      ...["insert late", "update late"],
      ...["insert gone", "update gone", "delete gone"],
    ]);
  });

  it("has what LOAD DATA loads as rows", async () => {
    await using under = await open();
    await under.run(
      `SELECT 1, 'loaded' INTO OUTFILE '${mysql.server.dataDirectory}/${under.database}.txt'`,
    );
    await under.run(
      `LOAD DATA INFILE '${mysql.server.dataDirectory}/${under.database}.txt' INTO TABLE t`,
    );
    expect(await readAll(under)).toEqual(["insert t 1 loaded"]);
  });

  it("has DDL as events, and a table that is made of a query with its rows", async () => {
    await using under = await open();
    await under.run(`CREATE TABLE c AS SELECT 7 AS x; ALTER TABLE c ADD COLUMN y int; CREATE VIEW v AS SELECT 1;
      TRUNCATE t; ANALYZE TABLE t; RENAME TABLE t TO t2`);
    expect(await readAll(under)).toEqual([
      "ddl CREATE TABLE, insert c 7",
      "ddl ALTER TABLE",
      "ddl CREATE VIEW",
      "truncate t",
      "ddl RENAME TABLE",
    ]);
  });

  it("says in a DDL event what somebody needs who runs it again", async () => {
    await using under = await open();
    await under.run(
      `SET sql_mode = 'ANSI_QUOTES'; CREATE TABLE "q" ("a" int); SET sql_mode = DEFAULT`,
    );
    const end = await under.end();
    await using reader = new SourceReader(
      under.open({ progressEveryMs: 20 }),
      under.start,
    );
    await reader.until("the end", () => reader.hasPassed(end));
    const [part] = partsOf(reader.items);
    const [event] = decodeChanges(part?.items.bytes ?? Buffer.alloc(0));
    if (event?.kind !== "event") throw new Error("no event");
    expect(JSON.parse(Buffer.from(event.body).toString())).toMatchObject({
      tag: "CREATE TABLE",
      tables: [expect.any(Number)],
      objects: [{ type: "TABLE", name: `${under.database}.q` }],
      schema: under.database,
      sqlMode: 4,
      statement: 'CREATE TABLE "q" ("a" int)',
    });
  });

  it("has rows of tidemark.log as events, and nothing else of that schema", async () => {
    await using under = await open();
    await under.run(`INSERT INTO tidemark.log (kind, name, body) VALUES ('marker', 'release', '{}');
      UPDATE tidemark.log SET name = 'other'; DELETE FROM tidemark.log;
      CREATE TABLE tidemark.x (a int); INSERT INTO tidemark.x VALUES (1); DROP TABLE tidemark.x`);
    expect(await readAll(under)).toEqual(["marker release"]);
  });

  it("has what an application says about its statements", async () => {
    await using under = await open();
    const who = '/* {"user":"alice"} */';
    await using session = mysql.server.connect(under.database);
    await session.query(
      mysql.server.flavour === "mysql"
        ? "SET SESSION binlog_rows_query_log_events = ON"
        : "SET SESSION binlog_annotate_row_events = ON",
    );
    for (const sql of [
      "BEGIN",
      `${who} INSERT INTO t VALUES (1, 'a')`,
      `${who} INSERT INTO t VALUES (2, 'b')`,
      `/* {"user":"bob"} */ INSERT INTO t VALUES (3, 'c')`,
      "/* {hint} */ INSERT INTO t VALUES (4, 'd')",
      "COMMIT",
    ])
      await session.query(sql);
    expect(await readAll(under)).toEqual([
      "context tidemark.context, insert t 1 a, insert t 2 b, context tidemark.context, insert t 3 c, insert t 4 d",
    ]);
  });
});
