import type { TestClient } from "./postgres-client.ts";

/** Of each table how many rows it has and a hash of them, in whatever order they lie. */
export async function tableContents(
  client: TestClient,
  tables: readonly string[],
): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const table of tables) {
    const { rows } = await client.query(
      `SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM ${table} t`,
    );
    found.push(rows);
  }
  return found;
}
