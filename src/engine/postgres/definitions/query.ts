import { TidemarkError } from "../../../core/errors.ts";

/** Runs one statement inside the caller's transaction (savepoints are set in it), whose search_path is pg_catalog. `pg`: `(await client.query(sql)).rows`. */
export type RunQuery = (
  sql: string,
  parameters?: readonly unknown[],
) => Promise<readonly Record<string, unknown>[]>;

interface Described {
  readonly namespace: string;
  readonly name: string;
  readonly definition: string | null;
}

/**
 * Rows as JSON, so that arrays, booleans and nested rows mean the same whatever type parsers the caller's connection has.
 * Oids are cast to int8 and so are numbers; a bigint that may pass 2^53 is cast to text in the statement.
 * Throws BASE_UNSETTLED.
 */
export async function readRows<Row>(
  query: RunQuery,
  sql: string,
): Promise<readonly Row[]> {
  // Printing a view locks what it reads, reading a sequence locks it, until the transaction ends or is taken back: nobody's
  // DDL should wait for us that long.
  await query("SAVEPOINT tidemark_read");
  const rows = await query(
    `SELECT to_json(r)::text AS json FROM (${sql}) AS r`,
  );
  await query("ROLLBACK TO SAVEPOINT tidemark_read");
  await query("RELEASE SAVEPOINT tidemark_read");
  return rows.map((row) => {
    const read = JSON.parse(String(row["json"])) as Row & Partial<Described>;
    // The pg_get_…def functions look at the catalogs of this moment, not of the snapshot.
    if (read.definition === null) {
      throw new TidemarkError(
        "BASE_UNSETTLED",
        `${read.namespace ?? "?"}.${read.name ?? "?"} was dropped while its definition was read`,
        { hint: "try again when no DDL runs" },
      );
    }
    return read;
  });
}

/** Objects whose definitions one statement reads: each may take several of the server's locks (max_locks_per_transaction). */
export const READ_AT_ONCE = 500;

/** Rows of many objects in several statements; `oids` selects them all as `oid`, `sql` makes a statement for some. */
export async function readRowsOf<Row>(
  query: RunQuery,
  oids: string,
  sql: (some: string) => string,
): Promise<readonly Row[]> {
  const all = await readRows<{ readonly oid: number }>(query, oids);
  const rows: Row[] = [];
  for (let from = 0; from < all.length; from += READ_AT_ONCE) {
    const some = all.slice(from, from + READ_AT_ONCE).map(({ oid }) => oid);
    rows.push(...(await readRows<Row>(query, sql(some.join(", ")))));
  }
  return rows;
}
