import { expect, test } from "vitest";
import { MysqlTableReader } from "../../../src/engine/mysql/reader/mysql-table-reader.ts";
import { PostgresRestoreTarget } from "../../../src/engine/postgres/target/postgres-restore-target.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { mysqlAddressOf } from "../../support/mysql-address.ts";
import {
  MYSQL_VERSIONS,
  type MysqlVersion,
} from "../../support/mysql-binaries.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import { addressOf } from "../../support/postgres-source.ts";
import {
  misfits,
  readMapping,
  restoreMapped,
} from "../../support/restore-mapped.ts";

type Only = "mysql" | "mariadb";

/** Type, values as SQL, and what Postgres gives for each: docs/mapping.md, row by row. */
const TYPES: readonly (readonly [
  type: string,
  values: readonly [string, string],
  found: readonly (string | null)[],
  only?: Only,
])[] = [
  ["tinyint", ["-128", "127"], ["-128", "127"]],
  ["tinyint(1)", ["0", "7"], ["0", "7"]],
  ["tinyint unsigned", ["0", "255"], ["0", "255"]],
  ["smallint unsigned zerofill", ["7", "65535"], ["7", "65535"]],
  ["mediumint", ["-8388608", "0"], ["-8388608", "0"]],
  ["int unsigned", ["4294967295", "0"], ["4294967295", "0"]],
  [
    "bigint unsigned",
    ["18446744073709551615", "0"],
    ["18446744073709551615", "0"],
  ],
  ["decimal(65,30)", ["-1e-30", "9e34"], []],
  ["decimal(10,2) unsigned", ["1.5", "0"], ["1.50", "0.00"]],
  ["float", ["0.1", "16777216"], ["0.1", "1.6777216e+07"]],
  ["float", ["1e-45", "3.4028234e38"], ["1e-45", "3.4028235e+38"]],
  ["float", ["1e6", "-999999"], ["1e+06", "-999999"]],
  ["double", ["1e23", "9007199254740993"], []],
  ["double", ["5e-324", "1.7976931348623157e308"], []],
  ["double", ["0.0001", "0.00001"], ["0.0001", "1e-05"]],
  ["double", ["123456789012345", "1e15"], ["123456789012345", "1e+15"]],
  ["date", ["'1000-01-01'", "'9999-12-31'"], ["1000-01-01", "9999-12-31"]],
  ["time(3)", ["'23:59:59.5'", "'24:00:00'"], ["23:59:59.5", "24:00:00"]],
  [
    "datetime(6)",
    ["'2024-02-29 01:02:03.040000'", "'0001-01-01'"],
    ["2024-02-29 01:02:03.04", "0001-01-01 00:00:00"],
  ],
  [
    "timestamp(2) null",
    ["'2024-02-29 01:02:03.1'", "'1970-01-01 00:00:01'"],
    ["2024-02-29 01:02:03.1+00", "1970-01-01 00:00:01+00"],
  ],
  ["year", ["2024", "0"], ["2024", "0"]],
  ["bit(3)", ["b'101'", "b'0'"], ["101", "000"]],
  ["bit(64)", ["18446744073709551615", "1"], []],
  [`enum('sad','it''s "ok"')`, ["'sad'", "2"], ["sad", `it's "ok"`]],
  [
    `set('a','b c','null','')`,
    ["'a,b c,null'", "''"],
    ['{a,"b c","null"}', "{}"],
  ],
  ["char(5)", ["'ab  '", "'é'"], ["ab", "é"]],
  ["varchar(5)", ["'ab  '", "'🎉'"], ["ab  ", "🎉"]],
  [
    "varchar(300) character set latin1",
    ["'é€'", "x'818d8f909d'"],
    ["é€", "\x81\x8d\x8f\x90\x9d"],
  ],
  ["char(5) character set ascii", ["'ab'", "''"], ["ab", ""]],
  ["varchar(9) character set ucs2", ["'é€'", "''"], ["é€", ""]],
  ["varchar(9) character set utf16", ["'é🎉'", "''"], ["é🎉", ""]],
  ["varchar(9) character set utf16le", ["'é🎉'", "''"], ["é🎉", ""]],
  ["varchar(9) character set utf32", ["'é🎉'", "''"], ["é🎉", ""]],
  ["text character set utf8mb3", ["'a\\tb\\\\c\\n'", "''"], ["a\tb\\c\n", ""]],
  ["longtext", ["repeat('é', 100000)", "'\\b\\f'"], []],
  ["binary(4)", ["x'00'", "x'00ff0a5c'"], ["\\x00000000", "\\x00ff0a5c"]],
  ["varbinary(9)", ["x'00ff0a5c09'", "''"], ["\\x00ff0a5c09", "\\x"]],
  ["blob", ["x'0d'", "''"], ["\\x0d", "\\x"]],
  [
    "json",
    [
      `'{"bb": 1e2, "a": [true, null, "\\\\u0001é/"], "": 1.50, "c": -0.0}'`,
      `'[18446744073709551615, 1e300, 0.1, "x"]'`,
    ],
    [],
    "mysql",
  ],
  [
    "json",
    [`'{"b":1,  "a" : 2}'`, "'[]'"],
    [`{"b":1,  "a" : 2}`, "[]"],
    "mariadb",
  ],
  [
    "uuid",
    [
      "'a0eebc99-9c0b-1ef8-bb6d-6bb9bd380a11'",
      "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
    ],
    [
      "a0eebc99-9c0b-1ef8-bb6d-6bb9bd380a11",
      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    ],
    "mariadb",
  ],
  [
    "inet4",
    ["'1.2.3.4'", "'0.0.0.0'"],
    ["\\x01020304", "\\x00000000"],
    "mariadb",
  ],
];

const MISFITS: readonly (readonly [
  what: string,
  type: string,
  value: string,
])[] = [
  ["a zero date", "date", "'0000-00-00'"],
  ["a date with a part of zero", "datetime", "'2024-00-01'"],
  ["a date with a part of zero", "date", "'0000-01-01'"],
  ["a day that its month does not have", "date", "'2023-02-29'"],
  ["a zero date", "timestamp", "0"],
  ["a time below zero or beyond 24 hours", "time", "'-00:00:01'"],
  ["a time below zero or beyond 24 hours", "time", "'24:00:01'"],
  ["ENUM's error value, number 0", "enum('a')", "0"],
  ["a text with a zero byte", "varchar(9)", "'a\\0b'"],
  ["a text with a zero byte", "varchar(9) character set latin1", "'a\\0b'"],
];

describePostgres([15], (postgres) => {
  describeMysql(MYSQL_VERSIONS, (mysql) => {
    async function open(setup: (schema: string) => string) {
      const schema = await mysql.server.createDatabase();
      await using client = mysql.server.connect(schema);
      await client.query(
        `SET time_zone = '+00:00', sql_mode = 'ALLOW_INVALID_DATES'; ${setup(schema)}`,
      );
      const into = uniqueName("mapped");
      const url = postgres.server.url(into);
      return {
        ...{ schema, into },
        reader: new MysqlTableReader(
          mysqlAddressOf(mysql.server.url(schema)),
          (namespace) => namespace === schema,
        ),
        target: new PostgresRestoreTarget(addressOf(url)),
      };
    }

    test("every type of the table is loaded and read back as it was", async () => {
      const flavour = mysql.server.flavour;
      const types = TYPES.filter(
        ([, , , only]) => only === undefined || only === flavour,
      );
      const rows = [0, 1].map(
        (row) =>
          `(${row}, ${types.map(([, values]) => values[row] ?? "NULL").join(", ")})`,
      );
      const { reader, target, schema, into } = await open(
        () => `CREATE TABLE t (id int PRIMARY KEY, ${types.map(([type], n) => `c${n} ${type}`).join(", ")});
          INSERT INTO t VALUES ${rows.join(", ")}; INSERT INTO t (id) VALUES (2)`,
      );
      await using _closed = target;
      const done = await restoreMapped(reader, target);
      expect(done.mapping.refusals).toEqual([]);
      expect(done.different).toEqual([]);
      expect(done.reported).toEqual([]);
      await using client = await postgres.server.connect(into);
      await client.query("SET timezone = 'UTC'");
      for (const [n, [type, , texts]] of types.entries()) {
        const found = await client.query<{ v: string | null }>(
          `SELECT c${n}::text AS v FROM "${schema}".t ORDER BY id`,
        );
        const values = found.rows.map(({ v }) => v);
        expect(values.slice(0, texts.length), type).toEqual(texts);
        expect(values[2], type).toBe(null);
      }
    });

    test("values that Postgres does not have stop, each by its column", async () => {
      const { reader, target, schema } = await open(() =>
        MISFITS.map(
          ([, type, value], n) =>
            `CREATE TABLE t${n} (v ${type}); INSERT IGNORE INTO t${n} VALUES (${value})`,
        ).join(";"),
      );
      await using _closed = target;
      expect(await misfits(reader, target)).toEqual(
        MISFITS.map(
          ([what], n) =>
            `${schema}.t${n}.v holds ${what}: the target has no such value`,
        ),
      );
    });

    test("character sets and types that are not read are refused by name", async () => {
      const { reader, target, schema } = await open(
        () =>
          "CREATE TABLE t (a varchar(9) character set sjis, g geometry, e enum('x') character set sjis)",
      );
      await using _closed = target;
      const { refusals } = await readMapping(reader, target);
      expect(refusals).toEqual([
        `${schema}.t.a: its character set sjis is not read`,
        `${schema}.t.g: geometry is not mapped`,
      ]);
    });

    test("tables stand in their schemas with keys, indexes, defaults and counters", async () => {
      const { reader, target, schema, into } = await open(() => SHOP);
      await using _closed = target;
      const { mapping, reported, different } = await restoreMapped(
        reader,
        target,
      );
      expect(mapping.refusals).toEqual([]);
      expect(different).toEqual([]);
      expect(reported).toEqual([]);
      expect(mapping.remarks.toSorted()).toEqual(
        [...LOST, ...lostOfComputed(mysql.server.version)]
          .map((line) => line.replaceAll("shop.", `${schema}.`))
          .toSorted(),
      );
      await using client = await postgres.server.connect(into);
      await client.query(`SET search_path = "${schema}"`);
      const query = async (sql: string) =>
        (await client.query<Record<string, unknown>>(sql)).rows;
      await query(
        "INSERT INTO users (email) VALUES ('new'); INSERT INTO orders (user_id, code) VALUES (8, 'y')",
      );
      expect(
        await query(
          "SELECT id::text, score::text, mood::text, tags::text, note, flags::text, made IS NOT NULL AS made FROM users WHERE email = 'new'",
        ),
      ).toEqual([
        {
          ...{ id: "8", score: "1.50", mood: "sad", tags: "{a,b}" },
          ...{ note: "it's \\", flags: "101", made: true },
        },
      ]);
      expect(await query("SELECT id FROM orders WHERE code = 'y'")).toEqual([
        { id: 1001 },
      ]);
      for (const broken of [
        "INSERT INTO users (email) VALUES ('a@x')",
        "INSERT INTO orders (user_id, code) VALUES (99, 'z')",
        "INSERT INTO orders (user_id, code) VALUES (NULL, 'z')",
      ])
        await expect(query(broken), broken).rejects.toThrow();
      await query("DELETE FROM users WHERE id = 7");
      expect(await query("SELECT * FROM orders WHERE user_id = 7")).toEqual([]);
      const indexes = await query(
        `SELECT indexdef FROM pg_indexes WHERE schemaname = '${schema}' AND tablename = 'orders'`,
      );
      expect(
        indexes
          .map(({ indexdef }) => String(indexdef).split(" USING ")[1])
          .sort(),
      ).toEqual([
        "btree (id)",
        "btree (made)",
        "btree (user_id)",
        "btree (user_id, code)",
      ]);
    });
  });
});

const SHOP = `
  CREATE TABLE users (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, email varchar(100) NOT NULL UNIQUE, score decimal(5,2) DEFAULT 1.5,
    mood enum('sad','ok') DEFAULT 'sad', tags set('a','b') DEFAULT 'a,b', note varchar(9) DEFAULT 'it''s \\\\', flags bit(3) DEFAULT b'101',
    made timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    zero datetime NULL DEFAULT '0000-00-00 00:00:00', plus int DEFAULT (1 + 1), upper_email varchar(100) AS (upper(email)) STORED,
    CONSTRAINT some_email CHECK (email <> '')) COLLATE utf8mb4_unicode_ci COMMENT 'people';
  INSERT INTO users (email, zero) VALUES ('a@x', NULL), ('b@x', NULL), ('c@x', NULL); INSERT INTO users (id, email, zero) VALUES (7, 'd@x', NULL);
  CREATE TABLE orders (id int AUTO_INCREMENT PRIMARY KEY, user_id bigint unsigned NOT NULL, code varchar(20) COLLATE utf8mb4_bin NOT NULL,
    made date DEFAULT '2024-01-01', note text, UNIQUE KEY code (user_id, code), KEY made (made), KEY note (note(9)), FULLTEXT KEY words (note),
    CONSTRAINT of_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE, KEY user (user_id)) COLLATE utf8mb4_unicode_ci AUTO_INCREMENT=1000;
  INSERT INTO orders (user_id, code) VALUES (7, 'x');
  CREATE VIEW open_orders AS SELECT * FROM orders`;

/** Rows of a newer MariaDB are without computed columns. */
function lostOfComputed(version: MysqlVersion): readonly string[] {
  const collation = (columns: string) =>
    `shop.users: collation utf8mb4_unicode_ci of ${columns} is not mapped: texts are compared byte by byte`;
  return version === "mariadb-11.8"
    ? [
        "shop.users.upper_email: is computed, and left out",
        collation("email, note"),
      ]
    : [
        "shop.users.upper_email: was computed, and becomes a column with the values that it had",
        collation("email, note, upper_email"),
      ];
}

const LOST = [
  "shop.users.made: ON UPDATE CURRENT_TIMESTAMP(6) is not mapped",
  "shop.users.zero: default 0000-00-00 00:00:00 is not mapped: a zero date",
  "shop.users.plus: default (1 + 1) is not mapped",
  "shop.orders: collation utf8mb4_unicode_ci of note is not mapped: texts are compared byte by byte",
  "index shop.orders.note is not mapped: of a prefix",
  "index shop.orders.words is not mapped: FULLTEXT",
  "checks of shop.users are not mapped",
  "comments of shop.users are not mapped",
  "view shop.open_orders is not mapped",
];
