import { TidemarkError } from "../../../core/errors.ts";

/** Runs one statement inside the caller's transaction, whose search_path is pg_catalog. `pg`: `(await client.query(sql)).rows`. */
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
  const rows = await query(
    `SELECT to_json(r)::text AS json FROM (${sql}) AS r`,
  );
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
