import { expect, it } from "vitest";
import { caught } from "../../support/caught.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { openMysqlSource } from "../../support/mysql-source.ts";
import { SourceReader } from "../../support/source-reader.ts";

interface Refusal {
  readonly what: string;
  /** In a session whose owner may override what the server says. */
  readonly sql: string;
  /** The setting that the hint names. */
  readonly setting: string;
  readonly only?: "mysql";
}

const REFUSALS: readonly Refusal[] = [
  {
    what: "a change in statement form",
    sql: "SET SESSION binlog_format = STATEMENT; UPDATE t SET note = 'x'",
    setting: "binlog_format",
  },
  {
    what: "a load in statement form",
    sql: "SET SESSION binlog_format = STATEMENT; SELECT 5, 'x' INTO OUTFILE '{file}'; LOAD DATA INFILE '{file}' INTO TABLE t",
    setting: "binlog_format",
  },
  {
    what: "rows without all of their columns",
    sql: "SET SESSION binlog_row_image = MINIMAL; UPDATE t SET note = 'x'",
    setting: "binlog_row_image",
  },
  {
    what: "keys of deleted rows, of a table that was altered since",
    sql: "SET SESSION binlog_row_image = MINIMAL; DELETE FROM t; DO SLEEP(1.1); ALTER TABLE t ADD other int",
    setting: "binlog_row_image",
  },
  {
    what: "an inserted row without its defaults, of a table that was dropped since",
    sql: "SET SESSION binlog_row_image = MINIMAL; INSERT INTO t (id) VALUES (2); DROP TABLE t",
    setting: "binlog_row_image",
  },
  {
    what: "parts of JSON values",
    sql: `SET SESSION binlog_row_value_options = PARTIAL_JSON; UPDATE j SET doc = JSON_SET(doc, '$.a', 2)`,
    setting: "binlog_row_value_options",
    only: "mysql",
  },
];

describeMysql(MYSQL_VERSIONS, (mysql) => {
  for (const { what, sql, setting, only } of REFUSALS) {
    if (only !== undefined && !mysql.version.startsWith(only)) continue;
    it(`stops before ${what}, and names the setting`, async () => {
      const { server } = mysql;
      await using under = await openMysqlSource(server, {
        setup: `CREATE TABLE t (id int PRIMARY KEY, note text, more text);
          CREATE TABLE u (id int PRIMARY KEY, note text, more text);
          CREATE TABLE j (id int PRIMARY KEY, doc json); INSERT INTO j VALUES (1, '{"a": 1, "b": "${"x".repeat(500)}"}')`,
      });
      await under.run("INSERT INTO t VALUES (1, 'a', 'b')");
      await using session = server.connect(under.database);
      const file = `${server.dataDirectory}/${under.database}.txt`;
      await session.query(
        sql.replaceAll("{file}", file).replace("5, 'x'", "5, 'x', 'y'"),
      );
      await using reader = new SourceReader(under.open(), under.start);
      const [first] = await reader.transactions(1);
      expect(first?.rows).toHaveLength(1);
      const error = await caught(() => reader.until("it stops", () => false));
      expect(error.code).toBe("SOURCE_UNREADABLE");
      expect(error.message).toContain("after binlog.0");
      expect(error.hint).toContain(setting);
    });
  }

  it("reads on where only tables that are left out have such rows", async () => {
    await using under = await openMysqlSource(mysql.server, {
      setup: `CREATE TABLE t (id int PRIMARY KEY, note text, more text);
        CREATE TABLE u (id int PRIMARY KEY, note text, more text)`,
    });
    await using session = mysql.server.connect(under.database);
    await session.query(
      "SET SESSION binlog_row_image = MINIMAL; INSERT INTO u (id) VALUES (1); UPDATE u SET note = 'x'",
    );
    await under.run("INSERT INTO t VALUES (1, 'a', 'b')");
    await using reader = new SourceReader(
      under.open({ includes: (_, name) => name === "t" }),
      under.start,
    );
    const [first] = await reader.transactions(1);
    expect(first?.rows).toHaveLength(1);
  });
});
