import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { mysqlShape } from "../../../src/engine/mysql/shape.ts";
import type { DefinedMysqlTable } from "../../../src/engine/mysql/values/describe-tables.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { binlogEnd, readBinlogRows } from "../../support/mysql-binlog-rows.ts";
import { MysqlRowSession } from "../../support/mysql-row-session.ts";
import {
  mysqlSamples,
  type MysqlSample,
} from "../../support/mysql-value-samples.ts";

describeMysql(MYSQL_VERSIONS, (mysql) => {
  test("every value is the same in a base, in both images of an update, and in a table loaded from it", async () => {
    const { server } = mysql;
    const database = await server.createDatabase();
    await using session = await MysqlRowSession.open(server, database);
    const samples = mysqlSamples(server.version);
    for (const [at, sample] of samples.entries())
      await fill(session, `v${at}`, sample);
    const tables = await session.tables();
    expect(tables).toHaveLength(samples.length);
    const before = await baseOf(session, tables);
    const from = binlogEnd(server);
    for (const { name } of tables)
      await session.run(`UPDATE ${name} SET turn = turn + 1`);
    const after = await baseOf(session, tables);
    const comparison = new Comparison();
    const shapes = new Map<string, string>();
    for (const row of readBinlogRows(server, from)) {
      const { map } = row;
      const type = samples[Number(map.name.slice(1))]?.type ?? "?";
      const place = `${map.name} ${idOf(row.old)}`;
      comparison.add(`${type} old`, row.old, before.get(place));
      comparison.add(`${type} new`, row.after, after.get(place));
      const { flavour: engine } = server;
      const shape = mysqlShape({ ...map, engine, namespace: map.schema });
      shapes.set(map.name, JSON.stringify(shape));
    }
    expect(comparison.differences).toEqual([]);
    expect(comparison.count).toBe(2 * before.size);
    for (const table of tables)
      expect(shapes.get(table.name)).toBe(JSON.stringify(mysqlShape(table)));
    for (const table of tables) {
      const copy = `copy_of_${table.name}`;
      await session.run(`CREATE TABLE ${copy} LIKE ${table.name}`);
      const lines = await session.lines(table.name, table.columns);
      await session.load(copy, table.columns, lines);
      const type = samples[Number(table.name.slice(1))]?.type ?? "?";
      const loaded = await session.lines(copy, table.columns);
      for (const [at, line] of lines.entries())
        comparison.add(`${type} loaded`, loaded[at], line);
    }
    expect(comparison.differences).toEqual([]);
  });
});

class Comparison {
  readonly differences: string[] = [];
  count = 0;

  add(what: string, actual?: Buffer, expected?: Buffer): void {
    this.count++;
    if (actual === undefined || expected?.equals(actual) !== true)
      this.differences.push(`${what}: ${show(expected)} / ${show(actual)}`);
  }
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

/** By table and id. */
async function baseOf(
  session: MysqlRowSession,
  tables: readonly DefinedMysqlTable[],
): Promise<Map<string, Buffer>> {
  const rows = new Map<string, Buffer>();
  for (const { name, columns } of tables)
    for (const line of await session.lines(name, columns))
      rows.set(`${name} ${idOf(line)}`, line);
  return rows;
}

function idOf(line: Buffer | undefined): string {
  return line?.toString("latin1", 0, line.indexOf("\t")) ?? "";
}

function show(line: Buffer | undefined): string {
  if (line === undefined) return "none";
  return `${JSON.stringify(line.toString("latin1").slice(0, 120))} ${hash("md5", line).slice(0, 6)}`;
}
