import type { PostgresConnection } from "./connection.ts";

/** Names of a table's generated columns, stored and virtual, as the connection's snapshot has them. */
export async function readGeneratedColumns(
  connection: PostgresConnection,
  table: { readonly namespace: string; readonly name: string },
): Promise<ReadonlySet<string>> {
  const rows = await connection.query<{ name: string }>(
    `SELECT a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = $2 AND a.attgenerated <> '' AND a.attnum > 0 AND NOT a.attisdropped`,
    [table.namespace, table.name],
  );
  return new Set(rows.map(({ name }) => name));
}
