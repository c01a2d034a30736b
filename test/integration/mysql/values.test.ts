import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { mysqlShape } from "../../../src/engine/mysql/shape.ts";
import { jsonWithDecimals } from "../../../src/engine/mysql/values/json-decimals.ts";
import type { DefinedMysqlTable } from "../../../src/engine/mysql/values/describe-tables.ts";
import { createRandom } from "../../oracle/random.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { binlogEnd, readBinlogRows } from "../../support/mysql-binlog-rows.ts";
import {
  randomDouble,
  randomFloat,
  randomTable,
} from "../../support/mysql-random-table.ts";
import { never } from "../../support/never.ts";
import { MysqlRowSession } from "../../support/mysql-row-session.ts";
import type { TestMysql } from "../../support/mysql-server.ts";
import {
  mysqlSamples,
  type MysqlSample,
} from "../../support/mysql-value-samples.ts";

const RANDOM_TABLES = 15;
/** Many tables are made, one after another. */
const PATIENCE_MS = 240_000;

describeMysql(MYSQL_VERSIONS, (mysql) => {
  test(
    "every value is the same in a base, in both images of an update, and in a table loaded from it",
    async () => {
      const { server } = mysql;
      await using session = await openSession(server);
      const samples = mysqlSamples(server.version);
      for (const [at, sample] of samples.entries())
        await fill(session, `v${at}`, sample);
      const tables = await session.tables();
      expect(tables).toHaveLength(samples.length);
      await expectSame(session, server, tables);
    },
    PATIENCE_MS,
  );

  test(
    "random columns together",
    async () => {
      const { server } = mysql;
      const seed = `${Math.random()}`;
      console.log(`seed ${seed}`);
      const random = createRandom(seed);
      await using session = await openSession(server);
      for (let at = 0; at < RANDOM_TABLES; at++) {
        const table = randomTable(
          `r${at}`,
          mysqlSamples(server.version),
          random.fork(at),
        );
        await session.run(table.create);
        await session.run(table.insert);
      }
      await expectSame(session, server, await session.tables());
    },
    PATIENCE_MS,
  );

  test("doubles and floats of any digits, also within JSON", async () => {
    const { server } = mysql;
    const seed = `${Math.random()}`;
    console.log(`seed ${seed}`);
    const random = createRandom(seed);
    await using session = await openSession(server);
    await session.run(
      "CREATE TABLE n (id int, turn int, d double, f float, doc json)",
    );
    const rows = Array.from({ length: 3000 }, (_, id) => {
      const [d, f] = [randomDouble(random), randomFloat(random)];
      return `(${id}, 0, ${d}, ${f}, '[${randomDouble(random)}, ${d}]')`;
    });
    await session.run(`INSERT INTO n VALUES ${rows.join(", ")}`);
    await expectSame(session, server, await session.tables());
  });

  test("columns that are invisible, or in a key by their prefix alone, and keys of all kinds", async () => {
    const { server } = mysql;
    await using session = await openSession(server);
    const isMysql = server.flavour === "mysql";
    const columns = Array.from({ length: 300 }, (_, at) => `c${at} int`);
    for (const statement of [
      "CREATE TABLE invisible (id int PRIMARY KEY, turn int, plain int INVISIBLE DEFAULT 7)",
      `CREATE TABLE prefixed (id int, turn int, body text, PRIMARY KEY (body(4), id))`,
      `CREATE TABLE several (turn int, b varchar(9), id int, a binary(3), PRIMARY KEY (a, id))`,
      `CREATE TABLE keyless (id int, turn int, UNIQUE (id))`,
      `CREATE TABLE required (id int NOT NULL, turn int, a int, UNIQUE (a), UNIQUE (id))`,
      `CREATE TABLE required2 (id int NOT NULL, turn int, a int NOT NULL, b int NOT NULL, UNIQUE (b, a), UNIQUE (id), KEY (turn))`,
      `CREATE TABLE halfway (id int NOT NULL, turn int, a int, UNIQUE (id, a))`,
      `CREATE TABLE shortened (id int, turn int, a varchar(20) NOT NULL, UNIQUE (a(3)))`,
      `CREATE TABLE wide (id int PRIMARY KEY, turn int, ${columns.join(", ")})`,
      `CREATE TABLE \`odd \`\`name\` (id int, turn int, \`a \`\`column's "name"\` int, \`日本\` int)`,
      isMysql
        ? "CREATE TABLE hidden (id int PRIMARY KEY, turn int, body varchar(9), KEY ((upper(body))))"
        : "CREATE TABLE hidden (id int PRIMARY KEY, turn int, body blob, UNIQUE (body))",
      "INSERT INTO invisible (id) VALUES (1), (-1)",
      `INSERT INTO prefixed VALUES (1, 0, 'body'), (2, 0, 'body')`,
      `INSERT INTO several VALUES (0, 'x', 1, 'a'), (0, NULL, 2, '')`,
      `INSERT INTO keyless VALUES (1, 0), (2, 0)`,
      `INSERT INTO required VALUES (1, 0, 1), (2, 0, 2)`,
      `INSERT INTO required2 VALUES (1, 0, 1, 2), (2, 0, 1, 3)`,
      `INSERT INTO halfway VALUES (1, 0, NULL), (2, 0, 1)`,
      `INSERT INTO shortened VALUES (1, 0, 'abcd'), (2, 0, '')`,
      `INSERT INTO wide (id, c255, c299) VALUES (1, 2, 3), (2, NULL, 1)`,
      `INSERT INTO \`odd \`\`name\` VALUES (1, 2, 3, 4)`,
      `INSERT INTO hidden VALUES (1, 0, 'a'), (2, 0, NULL)`,
    ])
      await session.run(statement);
    const tables = await session.tables();
    await expectSame(session, server, tables);
    const identities = tables.map((table) => {
      const { identity, columns: all, name } = mysqlShape(table);
      const keys = all.filter((column) => column.identifies);
      return [
        name,
        identity === "KEY" ? keys.map((key) => key.name) : identity,
      ];
    });
    expect(Object.fromEntries(identities)).toEqual({
      invisible: ["id"],
      prefixed: ["id", "body"],
      several: ["id", "a"],
      keyless: "WHOLE_ROW",
      required: ["id"],
      required2: ["a", "b"],
      halfway: "WHOLE_ROW",
      shortened: "WHOLE_ROW",
      wide: ["id"],
      "odd `name": "WHOLE_ROW",
      hidden: ["id"],
    });
  });
});

describeMysql(["mysql-9"], (mysql) => {
  test("JSON with decimals comes back as the same text and the same types", async () => {
    await using session = await openSession(mysql.server);
    await session.run("CREATE TABLE j (id int, doc json)");
    const decimal = (value: string, type: string) =>
      `CAST(${value} AS DECIMAL(${type}))`;
    for (const [id, doc] of [
      `JSON_OBJECT('price', ${decimal("10", "10,2")}, 'it''s "x\\\\', JSON_ARRAY(1.5e0, ${decimal("-0.5", "3,2")}))`,
      `CAST(${decimal("1", "5,1")} AS JSON)`,
      `JSON_ARRAY(${decimal("99999999999999999999", "20,0")}, ${decimal("0.1", "31,30")}, JSON_OBJECT('', JSON_ARRAY(7.70)))`,
      `JSON_ARRAY(${decimal("12345678901234567890123456789012345.000000000000000000000000000001", "65,30")})`,
      `JSON_OBJECT('日本', 1.10, 'a.b', 2.20, '$', 3.30, '"', 4.40, '\\n', 5.50)`,
    ].entries())
      await session.run(`INSERT INTO j VALUES (${id}, ${doc})`);
    const read = "SELECT id, doc FROM j ORDER BY id";
    const before = await session.connection.query(read, never);
    const [first] = before;
    expect(first?.[1]).toBe('{"price": 10.00, "it\'s \\"x\\\\": [1.5, -0.50]}');
    await session.run("DELETE FROM j");
    for (const [id, text] of before) {
      const literal = `_utf8mb4 x'${Buffer.from(text ?? "").toString("hex")}'`;
      const value = jsonWithDecimals(text ?? "", literal) ?? literal;
      await session.run(`INSERT INTO j VALUES (${id}, ${value})`);
    }
    expect(await session.connection.query(read, never)).toEqual(before);
    const types = await session.connection.query(
      "SELECT JSON_TYPE(JSON_EXTRACT(doc, '$.price')) FROM j WHERE id = 0",
      never,
    );
    expect(types).toEqual([["DECIMAL"]]);
  });
});

const COMPUTED = [
  `CREATE TABLE computed (id int PRIMARY KEY, turn int, late int AS (id * 2) VIRTUAL, early varchar(20) AS (concat(id, 'x')) STORED, plain int)`,
  "INSERT INTO computed (id, plain) VALUES (1, NULL), (-1, 2)",
];

describeMysql(MYSQL_VERSIONS, (mysql) => {
  test("what is computed is a value like any other, but for newer MariaDBs, whose rows are without it", async () => {
    const { server } = mysql;
    await using session = await openSession(server);
    for (const statement of COMPUTED) await session.run(statement);
    const tables = await session.tables();
    await expectSame(session, server, tables);
    expect(tables[0]?.columns.map(({ name }) => name)).toEqual(
      server.version === "mariadb-11.8"
        ? ["id", "turn", "plain"]
        : ["id", "turn", "late", "early", "plain"],
    );
  });
});

describeMysql(["mariadb-10.11", "mariadb-11.8"], (mysql) => {
  test("times in the form of MariaDB 5.3, but for fractions, whose length the log has not", async () => {
    const { server } = mysql;
    await using session = await openSession(server);
    await session.run("SET GLOBAL mysql56_temporal_format = OFF");
    await session.run(
      "CREATE TABLE whole (id int, turn int, a timestamp NULL, b datetime, c time)",
    );
    await session.run("CREATE TABLE fraction (id int, b datetime(3))");
    await session.run("SET GLOBAL mysql56_temporal_format = ON");
    await session.run(`INSERT INTO whole VALUES
      (1, 0, '2038-01-19 03:14:07', '9999-12-31 23:59:59', '-838:59:59'), (2, 0, '0000-00-00', '0000-00-00', '00:00:00'),
      (3, 0, '1970-01-01 00:00:01', '2024-02-31 01:02:03', '838:59:59')`);
    const [fraction, whole] = await session.tables();
    expect(fraction?.unsupported).toBe(
      `column b has a fraction in the form of MariaDB 5.3, whose length the log does not have: ALTER TABLE ${session.database}.fraction FORCE, with mysql56_temporal_format=ON`,
    );
    await expectSame(session, server, [whole as DefinedMysqlTable]);
  });

  test("a versioned table is named as one whose rows cannot be had", async () => {
    await using session = await openSession(mysql.server);
    await session.run("CREATE TABLE v (id int) WITH SYSTEM VERSIONING");
    await session.run("CREATE SEQUENCE s");
    const tables = await session.tables();
    expect(tables.map(({ name, unsupported }) => [name, unsupported])).toEqual([
      ["v", expect.stringContaining("it is SYSTEM VERSIONED")],
    ]);
  });
});

async function openSession(server: TestMysql): Promise<MysqlRowSession> {
  return await MysqlRowSession.open(server, await server.createDatabase());
}

async function fill(
  session: MysqlRowSession,
  name: string,
  sample: MysqlSample,
): Promise<void> {
  await session.run(
    `CREATE TABLE ${name} (id int PRIMARY KEY, v ${sample.type}, turn tinyint NOT NULL DEFAULT 0)`,
  );
  const rows = ["NULL", ...sample.values].map(
    (value, id) => `(${id}, ${value})`,
  );
  try {
    await session.run(`INSERT INTO ${name} (id, v) VALUES ${rows.join(", ")}`);
  } catch (cause) {
    throw new Error(sample.type.slice(0, 200), { cause });
  }
}

/** Of tables with an `id` and a `turn`. */
async function expectSame(
  session: MysqlRowSession,
  server: TestMysql,
  tables: readonly DefinedMysqlTable[],
): Promise<void> {
  const before = await baseOf(session, tables);
  const from = binlogEnd(server);
  for (const { name } of tables)
    await session.run(
      `UPDATE ${quoted(name)} SET turn = coalesce(turn, 0) + 1`,
    );
  const after = await baseOf(session, tables);
  const comparison = new Comparison(tables);
  const shapes = new Map<string, string>();
  const leftOut = await session.leftOut();
  const logged = readBinlogRows(server, from, leftOut);
  for (const { map, old, after: now } of logged) {
    const id = placeOf(map.name, tables, old);
    comparison.add(map.name, old, before.get(id));
    comparison.add(map.name, now, after.get(id));
    const { flavour: engine } = server;
    const columns = map.columns.filter(({ name }) => !leftOut.has(name));
    const shape = mysqlShape({
      ...map,
      columns,
      engine,
      namespace: map.schema,
    });
    shapes.set(map.name, JSON.stringify(shape));
  }
  expect(comparison.differences).toEqual([]);
  expect(comparison.count).toBe(2 * before.size);
  for (const table of tables)
    expect(shapes.get(table.name)).toBe(JSON.stringify(mysqlShape(table)));
  for (const table of tables) {
    const copy = `copy of ${table.name}`;
    await session.run(
      `CREATE TABLE ${quoted(copy)} LIKE ${quoted(table.name)}`,
    );
    const lines = await session.lines(table.name, table.columns);
    await session.load(copy, table.columns, lines);
    const loaded = (await session.lines(copy, table.columns)).toSorted(compare);
    for (const [at, line] of lines.toSorted(compare).entries())
      comparison.add(table.name, loaded[at], line);
  }
  expect(comparison.differences).toEqual([]);
}

function compare(a: Buffer, b: Buffer): number {
  return a.compare(b);
}

function quoted(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** Names the columns whose values differ. */
class Comparison {
  readonly differences: string[] = [];
  count = 0;
  private readonly tables: readonly DefinedMysqlTable[];

  constructor(tables: readonly DefinedMysqlTable[]) {
    this.tables = tables;
  }

  add(name: string, actual?: Buffer, expected?: Buffer): void {
    this.count++;
    if (actual !== undefined && expected?.equals(actual) === true) return;
    const table = this.tables.find((each) => each.name === name);
    const [left = [], right = []] = [expected, actual].map((line) =>
      line?.toString("latin1").slice(0, -1).split("\t"),
    );
    const columns = table === undefined ? [] : mysqlShape(table).columns;
    const differing = columns.filter((_, at) => left[at] !== right[at]);
    for (const column of differing) {
      const at = columns.indexOf(column);
      const type = column.type.slice(0, 60);
      this.differences.push(`${type}: ${show(left[at])} / ${show(right[at])}`);
    }
    if (differing.length === 0) this.differences.push(`${name}: a row`);
  }
}

/** By table and id. */
async function baseOf(
  session: MysqlRowSession,
  tables: readonly DefinedMysqlTable[],
): Promise<Map<string, Buffer>> {
  const rows = new Map<string, Buffer>();
  for (const { name, columns } of tables)
    for (const line of await session.lines(name, columns))
      rows.set(placeOf(name, tables, line), line);
  return rows;
}

function placeOf(
  name: string,
  tables: readonly DefinedMysqlTable[],
  line: Buffer | undefined,
): string {
  const table = tables.find((each) => each.name === name);
  const at = table?.columns.findIndex((column) => column.name === "id") ?? -1;
  return `${name} ${line?.toString("latin1").split("\t")[at]}`;
}

function show(field: string | undefined): string {
  if (field === undefined) return "none";
  return `${JSON.stringify(field.slice(0, 80))} ${hash("md5", field).slice(0, 6)}`;
}
