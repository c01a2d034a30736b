import type { MysqlSession } from "./session.ts";
import type { SequenceFacts } from "../dump.ts";

/** Schemas of users; what Tidemark keeps in a source is in no base and no restore, nor is the ledger of a restore. */
export const OTHER_SCHEMAS =
  "'mysql', 'sys', 'information_schema', 'performance_schema', 'tidemark', 'tidemark_restore'";

export interface WrittenTable {
  /** Quoted where it has to be. */
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  /** An expression for each column that gives all of its value as text. */
  readonly values: readonly string[];
  /** A line for each. */
  readonly columns: readonly string[];
  /** Its AUTO_INCREMENT column, quoted. */
  readonly counted: string | undefined;
}

interface ColumnRow {
  readonly s: string;
  readonly t: string;
  readonly c: string;
  readonly data_type: string;
  readonly column_type: string;
  readonly extra: string;
  readonly line: string;
}

export async function listTables(
  reader: MysqlSession,
): Promise<readonly WrittenTable[]> {
  const rows = await reader.query<ColumnRow>(
    `SELECT c.table_schema AS s, c.table_name AS t, c.column_name AS c,
            c.data_type AS data_type, c.column_type AS column_type, c.extra AS extra,
            CONCAT_WS(' ', c.column_name, c.column_type, c.is_nullable, c.character_set_name, c.collation_name,
              CONCAT('DEFAULT ', c.column_default), c.extra, c.generation_expression, c.column_comment) AS line
     FROM information_schema.columns c JOIN information_schema.tables t
       ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
     WHERE c.table_schema NOT IN (${OTHER_SCHEMAS})
     ORDER BY c.table_schema, c.table_name, c.ordinal_position`,
  );
  const tables = new Map<string, ColumnRow[]>();
  for (const row of rows) {
    const name = `${identifier(row.s)}.${identifier(row.t)}`;
    const columns = tables.get(name) ?? [];
    columns.push(row);
    tables.set(name, columns);
  }
  return [...tables].map(([name, columns]) => ({
    name,
    schema: columns[0]?.s ?? "",
    table: columns[0]?.t ?? "",
    values: columns.map((column) => valueOf(column)),
    columns: columns.map(({ line }) => line),
    counted: columns
      .filter(({ extra }) => /auto_increment/i.test(extra))
      .map(({ c }) => quote(c))[0],
  }));
}

/** Bytes in hexadecimal, numbers with all their digits. */
function valueOf({ c, data_type }: ColumnRow): string {
  const name = quote(c);
  switch (data_type) {
    case "float":
      // Its own text has six digits.
      return `CONCAT(${name} * 1e0)`;
    case "enum":
      // The value of an error and the label '' have the same text.
      return `CONCAT(${name} + 0, ':', HEX(${name}))`;
    case "json":
      return `HEX(CAST(${name} AS CHAR))`;
    case "tinyint":
    case "smallint":
    case "mediumint":
    case "int":
    case "bigint":
    case "decimal":
    case "double":
    case "date":
    case "datetime":
    case "timestamp":
    case "time":
    case "year":
    case "uuid":
    case "inet4":
    case "inet6":
      return `CONCAT(${name})`;
    default:
      return `HEX(${name})`;
  }
}

/** AUTO_INCREMENT, which no log has. */
export async function listCounters(
  reader: MysqlSession,
  tables: readonly WrittenTable[],
): Promise<ReadonlyMap<string, SequenceFacts>> {
  const counters = new Map<string, SequenceFacts>();
  for (const { name, counted } of tables) {
    if (counted === undefined) continue;
    const [row] = await reader.query<{ furthest: string | null }>(
      `SELECT MAX(${counted}) AS furthest FROM ${name}`,
    );
    const furthest = row?.furthest ?? null;
    counters.set(name, {
      increment: 1n,
      next: await nextOf(reader, name),
      furthest: furthest === null ? undefined : BigInt(furthest),
    });
  }
  return counters;
}

/** The dictionary's view of it may be a day old. */
async function nextOf(reader: MysqlSession, name: string): Promise<bigint> {
  const [row] = await reader.query<Record<string, string>>(
    `SHOW CREATE TABLE ${name}`,
  );
  const found = /^\).* AUTO_INCREMENT=([0-9]+)/m.exec(
    row?.["Create Table"] ?? "",
  );
  return BigInt(found?.[1] ?? 1);
}

export function quote(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** As people write it. */
export function identifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : quote(name);
}
