import type { Fingerprint, TableFingerprint } from "./fingerprint.ts";
import type { MysqlSession } from "./mysql-session.ts";

/** Columns, keys, checks and views of the schema in use, a line each, without the name of the schema. */
const DEFINITIONS = `
  SELECT CONCAT('column ', table_name, '.', column_name, ' ', column_type, ' ', is_nullable, ' ', extra, ' ',
                COALESCE(column_default, ''), ' ', COALESCE(collation_name, '')) AS line
    FROM information_schema.columns WHERE table_schema = DATABASE()
  UNION ALL
  SELECT CONCAT('key ', table_name, '.', index_name, ' ', seq_in_index, ' ', column_name, ' ', non_unique)
    FROM information_schema.statistics WHERE table_schema = DATABASE()
  UNION ALL
  SELECT CONCAT('foreign key ', table_name, '.', constraint_name, ' ', column_name, ' ', referenced_table_name, '.', referenced_column_name)
    FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
  UNION ALL
  SELECT CONCAT('check ', constraint_name, ' ', check_clause)
    FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()
  UNION ALL
  SELECT CONCAT('view ', table_name, ' ', REPLACE(view_definition, CONCAT('\`', DATABASE(), '\`.'), ''))
    FROM information_schema.views WHERE table_schema = DATABASE()
   ORDER BY line`;

/** Made by the server itself, of the schema in use; exact while nobody writes. */
export async function takeFingerprint(
  session: MysqlSession,
  signal: AbortSignal,
): Promise<Fingerprint> {
  await session.run("SET SESSION group_concat_max_len = 1073741824", signal);
  const columns = await session.query(
    `SELECT c.table_name, c.column_name FROM information_schema.columns c
       JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
      WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'
      ORDER BY c.table_name, c.ordinal_position`,
    signal,
  );
  const byTable = Map.groupBy(columns, ([table]) => table ?? "");
  const tables = new Map<string, TableFingerprint>();
  for (const [table, each] of byTable) {
    const values = each
      .map(([, column]) => `QUOTE(\`${column}\`)`)
      .join(", ',', ");
    const [found] = await session.query(
      `SELECT COUNT(*), SHA2(COALESCE(GROUP_CONCAT(row_hash ORDER BY row_hash SEPARATOR ''), ''), 256)
         FROM (SELECT SHA2(CONCAT(${values}), 256) AS row_hash FROM \`${table}\`) AS hashed`,
      signal,
    );
    tables.set(table, {
      rows: Number(found?.[0]),
      sha256: found?.[1] ?? "",
    });
  }
  const lines = await session.query(DEFINITIONS, signal);
  return { tables, definitions: lines.map(([line]) => line ?? "") };
}
