import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { mysqlShape } from "../../../src/engine/mysql/shape.ts";
import {
  describeTables,
  type DefinedMysqlTable,
} from "../../../src/engine/mysql/values/describe-tables.ts";
import {
  LOAD_SQL_MODE,
  loadClauses,
} from "../../../src/engine/mysql/values/load-expression.ts";
import { selectExpression } from "../../../src/engine/mysql/values/select-expression.ts";
import { TextRowReader } from "../../../src/engine/mysql/values/text-row-reader.ts";
import { quoteQualified } from "../../../src/engine/mysql/quote.ts";
import { AvroWriter } from "../../../src/format/avro-writer.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { binlogEnd, readBinlogRows } from "../../support/mysql-binlog-rows.ts";
import { MysqlRowSession } from "../../support/mysql-row-session.ts";
import type { TestMysql } from "../../support/mysql-server.ts";
import {
  mysqlSamples,
  type MysqlSample,
} from "../../support/mysql-value-samples.ts";

describeMysql(MYSQL_VERSIONS, (mysql) => {
  test("every value is the same in a base, in both images of an update, and in a table loaded from it", async () => {
    const { server } = mysql;
    const database = await server.createDatabase();
    await using session = await MysqlRowSession.open(
      server.url(database),
      LOAD_SQL_MODE,
    );
    const samples = mysqlSamples(server.version);
    for (const [at, sample] of samples.entries())
      await fill(session, `v${at}`, sample);
    const tables = await tablesOf(session, server, database);
    expect(tables).toHaveLength(samples.length);
    const before = await baseOf(session, tables);
    const from = binlogEnd(server);
    for (const { name } of tables)
      await session.run(`UPDATE ${name} SET turn = turn + 1`);
    const after = await baseOf(session, tables);
    const differences: string[] = [];
    const compare = (what: string, actual?: Buffer, expected?: Buffer) => {
      if (actual === undefined || expected?.equals(actual) !== true)
        differences.push(`${what}: ${show(expected)} / ${show(actual)}`);
    };
    let rows = 0;
    const shapes = new Map<string, string>();
    for (const { map, old, after: now } of readBinlogRows(server, from)) {
      rows++;
      const sample = samples[Number(map.name.slice(1))];
      const place = `${map.name} ${idOf(old)}`;
      compare(`${sample?.type} old`, old, before.get(place));
      compare(`${sample?.type} new`, now, after.get(place));
      const shape = mysqlShape({
        ...map,
        engine: server.flavour,
        namespace: map.schema,
      });
      shapes.set(map.name, JSON.stringify(shape));
    }
    expect(differences).toEqual([]);
    expect(rows).toBe(before.size);
    for (const table of tables)
      expect(shapes.get(table.name)).toBe(JSON.stringify(mysqlShape(table)));
    for (const table of tables) {
      const copy = `c${table.name.slice(1)}`;
      await session.run(`CREATE TABLE ${copy} LIKE ${table.name}`);
      const lines = [...after].flatMap(([place, line]) =>
        place.startsWith(`${table.name} `) ? [line] : [],
      );
      await session.load(
        `LOAD DATA LOCAL INFILE 'x' INTO TABLE ${copy} CHARACTER SET binary ${loadClauses(table.columns)}`,
        forLoadData(Buffer.concat(lines)),
      );
      const loaded = await baseOf(session, [{ ...table, name: copy }]);
      const sample = samples[Number(copy.slice(1))];
      for (const line of lines)
        compare(
          `${sample?.type} loaded`,
          loaded.get(`${copy} ${idOf(line)}`),
          line,
        );
    }
    expect(differences).toEqual([]);
  }, 300_000);
});

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

async function tablesOf(
  session: MysqlRowSession,
  server: TestMysql,
  database: string,
): Promise<readonly DefinedMysqlTable[]> {
  const [[version]] = (await session.texts("SELECT version()")) as [[string]];
  const all = await describeTables((sql) => session.texts(sql), {
    flavour: server.flavour,
    version,
  });
  return all.filter(({ namespace }) => namespace === database);
}

/** By table and id. */
async function baseOf(
  session: MysqlRowSession,
  tables: readonly DefinedMysqlTable[],
): Promise<Map<string, Buffer>> {
  const rows = new Map<string, Buffer>();
  for (const table of tables) {
    const list = table.columns.map(selectExpression).join(", ");
    const from = quoteQualified(table.namespace, table.name);
    const reader = new TextRowReader(table.columns);
    for (const packet of await session.packets(
      `SELECT ${list} FROM ${from} ORDER BY id`,
    )) {
      const out = new AvroWriter();
      reader.writeLine(out, packet);
      const line = out.cut();
      rows.set(`${table.name} ${idOf(line)}`, line);
    }
  }
  return rows;
}

/** LOAD DATA knows no \v and \f. */
function forLoadData(lines: Buffer): Buffer {
  const text = lines.toString("latin1");
  return Buffer.from(
    text.replaceAll(/\\([\\vf]?)/g, (escape, letter: string) =>
      letter === "v" ? "\v" : letter === "f" ? "\f" : escape,
    ),
    "latin1",
  );
}

function idOf(line: Buffer | undefined): string {
  return line?.toString("latin1", 0, line.indexOf("\t")) ?? "";
}

function show(line: Buffer | undefined): string {
  if (line === undefined) return "none";
  return `${JSON.stringify(line.toString("latin1").slice(0, 120))} ${hash("md5", line).slice(0, 6)}`;
}
