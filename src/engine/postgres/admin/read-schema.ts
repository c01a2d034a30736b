import type { PostgresConnection } from "../connection.ts";
import { FUNCTIONS, FUNCTION_SEARCH_PATH } from "./tidemark-schema.ts";

/**
 * Whether schema, log and functions are there just as `prepare` of this version makes them, and nobody else may use them: then it
 * has nothing to do about them. The catalogs tell, so whoever may log in may ask.
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
    `SELECT p.proname AS name, p.prosrc AS body,
            p.prosecdef AND coalesce(p.proconfig, '{}') = ARRAY[$1] AS guarded,
            has_schema_privilege('public', n.oid, 'USAGE, CREATE')
              OR has_table_privilege('public', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
              OR (p.prorettype <> 'event_trigger'::regtype AND has_function_privilege('public', p.oid, 'EXECUTE')) AS open
       FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'log' AND c.relkind = 'r'
       JOIN pg_proc p ON p.pronamespace = n.oid WHERE n.nspname = 'tidemark'`,
    [`search_path=${FUNCTION_SEARCH_PATH}`],
  );
  return FUNCTIONS.every(({ name, body }) =>
    found.some(
      (one) =>
        one.name === name && one.body === body && one.guarded && !one.open,
    ),
  );
}
