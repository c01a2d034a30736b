import type { PostgresConnection } from "../connection.ts";
import { sqlState } from "../errors.ts";
import { LEDGER_SCHEMA } from "../names.ts";

/** undefined_function, undefined_table, undefined_object, invalid_schema_name. */
const MISSING_NAME = ["42883", "42P01", "42704", "3F000"];

/**
 * The statements of a restore name everything whole. The bodies of the functions that they call need not: one behind an index, a
 * check, a generated column or a view was written for the search_path of the source's sessions.
 */
export function isMissingName(error: unknown): boolean {
  return MISSING_NAME.includes(sqlState(error) ?? "");
}

/** The schema that `label` (`schema.name`) begins with, then public, then the others: what is in pg_catalog comes before them. */
const SCHEMAS = `
  SELECT string_agg(quote_ident(nspname), ', ' ORDER BY starts_with($1, nspname || '.') DESC, nspname <> 'public', nspname)
  FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', '${LEDGER_SCHEMA}')`;

/** Until the transaction ends. */
export async function widenSearchPath(
  connection: PostgresConnection,
  label: string,
): Promise<void> {
  await connection.query(
    `SELECT set_config('search_path', (${SCHEMAS}), true)`,
    [label],
  );
}

/** For rows whose loading calls functions: those of generated columns, and of a partition's bounds. */
export async function widenForRows(
  connection: PostgresConnection,
  table: { readonly namespace: string; readonly name: string },
): Promise<void> {
  const { calls } = await connection.queryOne<{ calls: boolean }>(
    `SELECT c.relispartition OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attgenerated <> '') AS calls
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
    [table.namespace, table.name],
  );
  if (calls)
    await widenSearchPath(connection, `${table.namespace}.${table.name}`);
}

/** Statistics for the planner. Returns why some of them could not be made: a function behind them finds no name. */
export async function analyzeAll(
  connection: PostgresConnection,
): Promise<readonly string[]> {
  try {
    await connection.query("ANALYZE");
    return [];
  } catch (error) {
    if (!isMissingName(error)) throw error;
  }
  const tables = await connection.query<{ name: string; label: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, format('%s.%s', n.nspname, c.relname) AS label
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`,
  );
  const failures: string[] = [];
  for (const { name, label } of tables) {
    try {
      await connection.query("BEGIN");
      await widenSearchPath(connection, label);
      await connection.query(`ANALYZE ${name}`);
      await connection.query("COMMIT");
    } catch (error) {
      await connection.query("ROLLBACK");
      if (!isMissingName(error)) throw error;
      failures.push(
        `planner statistics of ${label}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return failures;
}
