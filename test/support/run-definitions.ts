import { pipeline } from "node:stream/promises";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import type {
  Definitions,
  DefinedTable,
  PostgresDefinitions,
} from "../../src/engine/definitions.ts";
import type { RunQuery } from "../../src/engine/postgres/definitions/query.ts";
import { readDefinitions } from "../../src/engine/postgres/definitions/read-definitions.ts";
import {
  quoteIdentifier,
  quoteQualified,
} from "../../src/engine/postgres/quote.ts";
import type { TestClient } from "./postgres-client.ts";

/** Reads a database as a base does: in one read-only snapshot, with the names' path bare. */
export async function definitionsOf(
  client: TestClient,
  include: (namespace: string, name: string) => boolean = () => true,
): Promise<PostgresDefinitions> {
  const query: RunQuery = async (sql, parameters) =>
    (await client.query<Record<string, unknown>>(sql, [...(parameters ?? [])]))
      .rows;
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    await client.query("SET LOCAL search_path = pg_catalog");
    return await readDefinitions(query, { include });
  } finally {
    await client.query("ROLLBACK");
  }
}

/**
 * Makes every object in its order, as a restore does, with `load` between structure and keys. Returns what was optional and
 * failed.
 */
export async function runDefinitions(
  client: TestClient,
  definitions: Definitions,
  load: () => Promise<void> = async () => undefined,
): Promise<string[]> {
  const failed: string[] = [];
  let loaded = false;
  await client.query("SET search_path = pg_catalog");
  await client.query("SET check_function_bodies = off");
  for (const object of definitions.objects) {
    if (object.phase !== "structure" && !loaded) {
      loaded = true;
      await load();
    }
    await client.query("BEGIN");
    for (const sql of object.statements) {
      try {
        await client.query(sql);
      } catch (error) {
        if (object.optional !== true) {
          throw new Error(`${object.kind} ${object.name}: ${sql}`, {
            cause: error,
          });
        }
        failed.push(`${object.kind} ${object.name}: ${String(error)}`);
        await client.query("ROLLBACK; BEGIN");
      }
    }
    await client.query("COMMIT");
  }
  return failed;
}

/** Copies one table's rows as bases and restores do: its own alone, by the columns of its shape. */
export async function copyRows(
  source: TestClient,
  target: TestClient,
  table: DefinedTable,
): Promise<void> {
  const name = quoteQualified(table.namespace, table.name);
  const columns = await columnsToCopy(target, table);
  await pipeline(
    source.query(
      copyTo(`COPY (SELECT ${columns} FROM ONLY ${name}) TO STDOUT`),
    ),
    target.query(
      copyFrom(
        `COPY ${name}${columns === "" ? "" : ` (${columns})`} FROM STDIN`,
      ),
    ),
  );
}

/** As text, in an order of their own. */
export async function rowsOf(
  client: TestClient,
  table: DefinedTable,
): Promise<readonly string[]> {
  const name = quoteQualified(table.namespace, table.name);
  const { rows } = await client.query<{ readonly row: string }>(
    `SELECT t::text AS row FROM ONLY ${name} AS t ORDER BY t::text COLLATE "C"`,
  );
  return rows.map(({ row }) => row);
}

/** Generated columns are computed where they are. */
async function columnsToCopy(
  client: TestClient,
  { namespace, name, shape }: DefinedTable,
): Promise<string> {
  const { rows } = await client.query<{ readonly name: string }>(
    "SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attgenerated <> ''",
    [quoteQualified(namespace, name)],
  );
  const generated = new Set(rows.map((row) => row.name));
  return shape.columns
    .filter((column) => !generated.has(column.name))
    .map((column) => quoteIdentifier(column.name))
    .join(", ");
}
