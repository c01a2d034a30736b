import type { PostgresConnection } from "../connection.ts";
import {
  CREATE_RECORD,
  CREATE_TIDY,
  FUNCTION_SEARCH_PATH,
} from "./tidemark-schema.ts";

const GUARD = `search_path=${FUNCTION_SEARCH_PATH}`;

/** What the server keeps of each function. */
const FUNCTIONS = [
  { name: "record", body: bodyOf(CREATE_RECORD) },
  { name: "tidy", body: bodyOf(CREATE_TIDY) },
];

const TABLES = ["log", "naming", "slots"];

/**
 * Whether schema, tables and the functions that write the log are there just as `prepare` of this version makes them, and nobody
 * else may use them: then it has nothing to do about them. The catalogs tell, so whoever may log in may ask.
 */
export async function readSchemaStands(
  connection: PostgresConnection,
): Promise<boolean> {
  const found = await connection.query<{
    name: string;
    body: string;
    guarded: boolean;
    open: boolean;
  }>(
    `SELECT p.proname AS name, p.prosrc AS body, p.prosecdef AND coalesce(p.proconfig, '{}') = ARRAY[$1] AS guarded,
            has_schema_privilege('public', n.oid, 'USAGE, CREATE')
              OR has_function_privilege('public', p.oid, 'EXECUTE') AS open
       FROM pg_namespace n JOIN pg_proc p ON p.pronamespace = n.oid WHERE n.nspname = 'tidemark'`,
    [GUARD],
  );
  const tables = await connection.query<{ name: string; open: boolean }>(
    `SELECT c.relname AS name,
            has_table_privilege('public', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
              OR (c.relname <> 'slots' AND has_table_privilege('public', c.oid, 'SELECT')) AS open
       FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r' WHERE n.nspname = 'tidemark'`,
  );
  return (
    TABLES.every((name) =>
      tables.some((one) => one.name === name && !one.open),
    ) &&
    FUNCTIONS.every(({ name, body }) =>
      found.some(
        (one) =>
          one.name === name && one.body === body && one.guarded && !one.open,
      ),
    )
  );
}

function bodyOf(sql: string): string {
  return sql.split("$tidemark$")[1] ?? "";
}
