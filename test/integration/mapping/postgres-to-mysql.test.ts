import { expect, test } from "vitest";
import { MysqlRestoreTarget } from "../../../src/engine/mysql/target/mysql-restore-target.ts";
import { PostgresTableReader } from "../../../src/engine/postgres/reader/postgres-table-reader.ts";
import { caught } from "../../support/caught.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { mysqlAddressOf } from "../../support/mysql-address.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import { addressOf } from "../../support/postgres-source.ts";
import {
  misfits,
  readMapping,
  restoreMapped,
} from "../../support/restore-mapped.ts";

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
  ["double precision", ["0.1", "'-0'"], ["0.1"]],
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

    test("tables stand in their schemas with keys, indexes, defaults and counters", async () => {
      const { reader, target, into } = await open(SHOP);
      await using _closed = target;
      const { mapping, reported, different } = await restoreMapped(
        reader,
        target,
      );
      expect(mapping.refusals).toEqual([]);
      expect(different).toEqual([]);
      expect(reported).toEqual([]);
      expect(mapping.remarks.toSorted()).toEqual(LOST.toSorted());
      const query = <Row = Record<string, string | null>>(sql: string) =>
        mysql.server.query<Row>(`USE ${into}; ${sql}`);
      // What a new row gets.
      await query(
        "INSERT INTO users (email) VALUES ('new'); INSERT INTO orders (user_id, code) VALUES (8, 'y')",
      );
      expect(
        await query(
          "SELECT id, score, mood, note, made IS NOT NULL AS made FROM users WHERE email = 'new'",
        ),
      ).toEqual([
        { id: "8", score: "1.50", mood: "sad", note: "it's \\", made: "1" },
      ]);
      expect(
        await query("SELECT id, state FROM orders WHERE code = 'y'"),
      ).toEqual([{ id: "1001", state: "1" }]);
      for (const broken of [
        "INSERT INTO users (email) VALUES ('a@x')",
        "INSERT INTO orders (user_id, code) VALUES (99, 'z')",
        "INSERT INTO orders (user_id, code) VALUES (NULL, 'z')",
      ])
        await expect(query(broken), broken).rejects.toThrow();
      // Texts are told apart by case and by spaces at their end, as they were.
      await query("INSERT INTO users (email) VALUES ('A@x'), ('a@x ')");
      await query("DELETE FROM users WHERE id = 7");
      expect(await query("SELECT * FROM orders WHERE user_id = 7")).toEqual([]);
      const keys = await query<{ name: string; column: string; part: string }>(
        `SELECT index_name AS name, column_name AS \`column\`, sub_part AS part FROM information_schema.statistics
          WHERE table_schema = '${into}' AND table_name = 'orders' ORDER BY index_name, seq_in_index`,
      );
      expect(
        keys.map(({ name, column, part }) => [name, column, part]),
      ).toEqual([
        ["orders_note", "note", "255"],
        ["orders_note", "user_id", null],
        ["orders_user_code", "user_id", null],
        ["orders_user_code", "code", null],
        ["PRIMARY", "id", null],
      ]);
    });

    test("values that MySQL does not have stop, each by its column", async () => {
      const { reader, target } = await open(
        MISFITS.map(
          ([, type, value], n) =>
            `CREATE TABLE t${n} (v ${type}); INSERT INTO t${n} VALUES (${value})`,
        ).join(";"),
      );
      await using _closed = target;
      expect(await misfits(reader, target)).toEqual(
        MISFITS.map(
          ([what], n) =>
            `public.t${n}.v holds ${what}: the target has no such value`,
        ),
      );
    });

    test("a longer text than a key has room for stops, and a text of many columns gives up its length", async () => {
      const { reader, target } = await open(
        `CREATE TABLE t (v text UNIQUE, ${Array.from({ length: 20 }, (_, n) => `c${n} varchar(2000)`).join(", ")});
         INSERT INTO t VALUES (repeat('é', 768)), (repeat('é', 769))`,
      );
      await using _closed = target;
      const error = await caught(() => restoreMapped(reader, target));
      expect(error.message).toContain(
        "public.t.v holds a text of more than 768",
      );
      const { remarks } = await readMapping(reader, target);
      expect(remarks).toContain(
        "public.t.c3: character varying(2000) becomes longtext: its length of 2000 is not kept",
      );
    });

    test("a schema of the server's own name, and a table without columns, are refused", async () => {
      const { reader, target } = await open(
        "CREATE SCHEMA mysql; CREATE TABLE mysql.t (id int); CREATE TABLE bare ()",
      );
      await using _closed = target;
      const { refusals } = await readMapping(reader, target);
      expect(refusals).toEqual([
        expect.stringContaining("public.bare: "),
        "schema mysql: the server has one of that name",
      ]);
    });
  });
});

const SHOP = `
  CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE,
    score numeric(5,2) DEFAULT 1.5, mood mood DEFAULT 'sad', note text DEFAULT 'it''s \\', made timestamptz DEFAULT now(),
    tags text[] DEFAULT '{}', lower_email text GENERATED ALWAYS AS (lower(email)) STORED, token uuid DEFAULT gen_random_uuid());
  INSERT INTO users (email) VALUES ('a@x'), ('b@x'), ('c@x'); SELECT setval('users_id_seq', 7);
  INSERT INTO users (id, email, tags) OVERRIDING SYSTEM VALUE VALUES (7, 'd@x', '{a,b}');
  CREATE TABLE orders (id serial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE DEFERRABLE,
    code varchar(20) NOT NULL, state boolean NOT NULL DEFAULT true, note text, CHECK (code <> ''));
  INSERT INTO orders (user_id, code) VALUES (7, 'x'); SELECT setval('orders_id_seq', 1000);
  CREATE UNIQUE INDEX orders_user_code ON orders (user_id, code);
  CREATE INDEX orders_note ON orders (note, user_id DESC);
  CREATE INDEX orders_open ON orders (id) WHERE state;
  CREATE INDEX orders_lower ON orders (lower(code));
  CREATE VIEW open_orders AS SELECT * FROM orders WHERE state;
  CREATE SEQUENCE lone;
  COMMENT ON TABLE users IS 'people'`;

const LOST = [
  "public.users.made: timestamp with time zone becomes datetime(6) in UTC",
  "public.users.tags: text[] becomes json: an array of strings",
  "public.users.email: text becomes varchar(768), because a key holds it: a longer value stops the restore",
  "public.users.lower_email: is computed, and left out",
  "public.users.token: default gen_random_uuid() is not mapped",
  "index public.orders.orders_open is not mapped: partial",
  "index public.orders.orders_lower is not mapped: of an expression",
  "foreign key public.orders.orders_user_id_fkey: DEFERRABLE is not mapped",
  "check public.orders.orders_code_check is not mapped",
  "view public.open_orders is not mapped",
  "sequence public.lone is not mapped",
  "comments are not mapped: 1",
];

const MISFITS: readonly (readonly [
  what: string,
  type: string,
  value: string,
])[] = [
  ["NaN", "numeric(5,2)", "'NaN'"],
  ["NaN", "real", "'NaN'"],
  ["an infinite number", "double precision", "'-infinity'"],
  ["an infinite time", "timestamptz", "'infinity'"],
  ["an infinite date", "date", "'-infinity'"],
  ["a date outside 0001…9999", "date", "'10000-01-01'"],
  ["a time outside the years 0001…9999", "timestamp", "'0044-03-15 BC'"],
  [
    "a number with more than 35 digits before the point or 30 behind it",
    "numeric",
    "1e-31",
  ],
  ["an array whose subscripts do not begin with 1", "int[]", "'[0:1]={1,2}'"],
];
