import { expect, test } from "vitest";
import { MysqlRestoreTarget } from "../../../src/engine/mysql/target/mysql-restore-target.ts";
import { PostgresTableReader } from "../../../src/engine/postgres/reader/postgres-table-reader.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { mysqlAddressOf } from "../../support/mysql-address.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import { addressOf } from "../../support/postgres-source.ts";
import { restoreMapped } from "../../support/restore-mapped.ts";

/** Type, values as SQL, and what MySQL gives for each: docs/mapping.md, row by row. */
const TYPES: readonly (readonly [
  type: string,
  values: readonly string[],
  found: readonly string[],
])[] = [
  ["smallint", ["-32768", "32767"], ["-32768", "32767"]],
  ["integer", ["-2147483648", "0"], ["-2147483648", "0"]],
  [
    "bigint",
    ["-9223372036854775808", "9223372036854775807"],
    ["-9223372036854775808", "9223372036854775807"],
  ],
  ["boolean", ["true", "false"], ["1", "0"]],
  ["numeric(10,2)", ["-1.5", "12345678.9"], ["-1.50", "12345678.90"]],
  ["numeric(65,30)", ["1e-30", "9e34"], []],
  ["numeric", ["1.50", "-0.000001"], []],
  ["real", ["0.1", "-1e30"], []],
  ["double precision", ["0.1", "'-0'"], ["0.1", "-0"]],
  ["double precision", ["1.7976931348623157e308", "5e-324"], []],
  ["money", ["1234.5", "-0.01"], ["1234.50", "-0.01"]],
  ["text", ["'a\tb\\c'", "''"], ["a\tb\\c", ""]],
  ["text", ["'héllo 🎉'", "repeat('x', 100000)"], []],
  ["varchar(10)", ["'0123456789'", "'a '"], ["0123456789", "a "]],
  [
    "varchar",
    ["'0123456789'", "chr(11) || chr(12) || chr(8)"],
    ["0123456789", "\v\f\b"],
  ],
  ["char(5)", ["'ab'", "'é'"], ["ab", "é"]],
  ["char(300)", ["'ab'", "'é'"], ["ab", "é"]],
  ["name", ["'n'", "'m'"], ["n", "m"]],
  ['"char"', ["'n'", "'m'"], ["n", "m"]],
  ["bytea", ["'\\x00ff0a5c09'", "''"], []],
  ["date", ["'2024-02-29'", "'0001-01-01'"], ["2024-02-29", "0001-01-01"]],
  ["time", ["'23:59:59.5'", "'24:00'"], ["23:59:59.500000", "24:00:00.000000"]],
  ["time(0)", ["'23:59:59'", "'0:00'"], ["23:59:59", "00:00:00"]],
  ["timetz", ["'12:00+02'", "'0:00-1:30'"], ["12:00:00+02", "00:00:00-01:30"]],
  [
    "timestamp",
    ["'2024-02-29 1:02:03.04'", "'9999-12-31 23:59:59.999999'"],
    ["2024-02-29 01:02:03.040000", "9999-12-31 23:59:59.999999"],
  ],
  [
    "timestamptz(3)",
    ["'2024-02-29 1:02:03.04+02'", "'1900-01-01 0:00+00'"],
    ["2024-02-28 23:02:03.040", "1900-01-01 00:00:00.000"],
  ],
  ["interval", ["'1 day -2:00'", "'-3 mons'"], ["1 day -02:00:00", "-3 mons"]],
  ["bit(3)", ["B'101'", "B'000'"], []],
  ["bit(64)", ["repeat('1', 64)::bit(64)", "B'0'::bit(64)"], []],
  ["bit(70)", ["repeat('1', 70)::bit(70)", "B'0'::bit(70)"], []],
  ["varbit", ["B'0101'", "B''"], ["0101", ""]],
  [
    "uuid",
    ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "gen_random_uuid()"],
    ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
  ],
  ["inet", ["'10.0.0.1/8'", "'::1'"], ["10.0.0.1/8", "::1"]],
  ["cidr", ["'10.0.0.0/8'", "'::/0'"], ["10.0.0.0/8", "::/0"]],
  ["macaddr", ["'08:00:2b:01:02:03'", "'0:0:0:0:0:0'"], ["08:00:2b:01:02:03"]],
  [
    "jsonb",
    [
      `'{"bb": 1, "a": [true, null, "\\u0001é\\\\\\"/"], "n": {}, "": []}'`,
      `'[0.1, -1.5, 1e20, 18446744073709551615, -9223372036854775808, 1.7976931348623157e308, 0.30000000000000004, 2.2250738585072014e-308, 123456.789e-7]'`,
    ],
    [],
  ],
  ["json", [`'{"b":1,  "a" : 2}'`, "'\"x\"'"], []],
  ["mood", ["'sad'", "'it''s \"ok\"'"], ["sad", `it's "ok"`]],
  ["wide", ["'sad'", "'happy  '"], ["sad", "happy  "]],
  ["short", ["'abc'", "'é'"], ["abc", "é"]],
  [
    "int[]",
    ["'{1,NULL,3}'", "'{{1,2},{3,4}}'"],
    ["[1, null, 3]", "[[1, 2], [3, 4]]"],
  ],
  [
    "text[]",
    [`'{"a,b",NULL,"NULL","q\\"\\\\"}'`, "'{}'"],
    [`["a,b", null, "NULL", "q\\"\\\\"]`, "[]"],
  ],
  ["boolean[]", ["'{t,f}'", "'{}'"], ["[true, false]", "[]"]],
  ["numeric[]", ["'{1.10,NaN}'", "'{}'"], [`["1.10", "NaN"]`, "[]"]],
  ["float8[]", ["'{0.1,1e300,2}'", "'{-1.5}'"], []],
  ["mood[]", ["'{sad}'", "'{}'"], ['["sad"]', "[]"]],
  ["int4range", ["'[1,5)'", "'empty'"], ["[1,5)", "empty"]],
  ["int4multirange", ["'{[1,5),[7,9)}'", "'{}'"], ["{[1,5),[7,9)}", "{}"]],
  ["pair", ["ROW(1, 'a b')", "ROW(NULL, '')"], ['(1,"a b")', '(,"")']],
  ["point", ["'(1,2)'", "'(0,0)'"], ["(1,2)", "(0,0)"]],
  ["box[]", ["'{(1,1),(0,0);(2,2),(1,1)}'", "'{}'"], []],
  ["xml", ["'<a/>'", "'<b>c</b>'"], ["<a/>", "<b>c</b>"]],
  ["tsvector", ["'a:1 b'", "''"], ["'a':1 'b'", ""]],
  ["oid", ["4294967295", "0"], ["4294967295", "0"]],
  ["pg_lsn", ["'0/16B3748'", "'0/0'"], ["0/16B3748", "0/0"]],
];

const OWN_TYPES = `
  CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"', 'happy');
  CREATE TYPE wide AS ENUM ('sad', 'happy  ');
  CREATE TYPE pair AS (a int, b text);
  CREATE DOMAIN short AS varchar(3) DEFAULT 'abc' NOT NULL`;

describePostgres([15], (postgres) => {
  describeMysql(MYSQL_VERSIONS, (mysql) => {
    async function open(setup: string) {
      const database = await postgres.server.createDatabase();
      {
        await using client = await postgres.server.connect(database);
        await client.query(setup);
      }
      const into = uniqueName("mapped");
      return {
        into,
        reader: new PostgresTableReader(
          addressOf(postgres.server.url(database)),
          () => true,
        ),
        target: new MysqlRestoreTarget(mysqlAddressOf(mysql.server.url(into))),
      };
    }

    test("every type of the table is loaded and read back as it was", async () => {
      const rows = [0, 1].map(
        (row) =>
          `(${row}, ${TYPES.map(([, values]) => values[row]).join(", ")})`,
      );
      const { reader, target, into } = await open(
        `${OWN_TYPES};
         CREATE TABLE t (id int PRIMARY KEY, ${TYPES.map(([type], n) => `c${n} ${type}`).join(", ")});
         INSERT INTO t VALUES ${rows.join(", ")}; INSERT INTO t VALUES (2)`,
      );
      await using _closed = target;
      const done = await restoreMapped(reader, target);
      expect(done.mapping.refusals).toEqual([]);
      expect(done.different).toEqual([]);
      expect(done.reported).toEqual([]);
      const found = await mysql.server.query<Record<string, string | null>>(
        `SELECT * FROM ${into}.t ORDER BY id`,
      );
      expect(found.length).toBe(3);
      for (const [n, [type, , texts]] of TYPES.entries()) {
        const values = found.map((row) => row[`c${n}`]);
        expect(values.slice(0, texts.length), type).toEqual(texts);
        expect(values[2], type).toBe(type === "short" ? "abc" : null);
      }
    });
  });
});
