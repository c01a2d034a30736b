import { type RunQuery, readRows } from "./query.ts";
import { FIRST_USER_OID, isUserSchema } from "./user-objects.ts";

/** Rows that are not in a base although their table is made, and what lies beside the objects of a database. */
const NOTES: readonly string[] = [
  `SELECT format('rows of unlogged table %s.%s: they are not in the log', n.nspname, c.relname) AS line
   FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relpersistence = 'u' AND ${isUserSchema("n")}`,
  `SELECT format('rows of materialized view %s.%s: refreshed from the restored tables, not historical', n.nspname, c.relname)
   FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE c.relkind = 'm' AND c.relispopulated AND ${isUserSchema("n")}`,
  `SELECT format('rows of table %s.%s: it belongs to extension %s', n.nspname, c.relname, e.extname)
   FROM pg_extension AS e CROSS JOIN unnest(e.extconfig) AS config (oid) JOIN pg_class AS c ON c.oid = config.oid AND c.relkind = 'r'
     JOIN pg_namespace AS n ON n.oid = c.relnamespace`,
  `SELECT format('tablespace %s of %s %s.%s: it is made in the default tablespace', s.spcname,
     CASE WHEN c.relkind IN ('i', 'I') THEN 'index' ELSE 'table' END, n.nspname, c.relname)
   FROM pg_class AS c JOIN pg_tablespace AS s ON s.oid = c.reltablespace JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE ${isUserSchema("n")}`,
  `SELECT format('disabled foreign key or constraint trigger on %s.%s: it will be enabled', n.nspname, c.relname)
   FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE t.tgisinternal AND t.tgparentid = 0 AND t.tgconstraint <> 0 AND t.tgenabled <> 'O' AND ${isUserSchema("n")} GROUP BY 1`,
  `SELECT format('%s large object%s: they are not in the log', count(*), CASE WHEN count(*) > 1 THEN 's' END)
   FROM pg_largeobject_metadata HAVING count(*) > 0`,
  `SELECT format('subscription %s', s.subname) FROM pg_subscription AS s
   WHERE s.subdbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())`,
  `SELECT format('user mapping of %s for server %s: it holds a password', coalesce(nullif(m.usename, 'public'), 'PUBLIC'), m.srvname)
   FROM pg_user_mappings AS m`,
  `SELECT format('roles, their passwords and memberships: %s', string_agg(r.rolname, ', ' ORDER BY r.rolname))
   FROM pg_roles AS r WHERE r.oid >= ${FIRST_USER_OID} HAVING count(*) > 0`,
  `SELECT format('ALTER DATABASE or ALTER ROLE ... SET %s', setting) FROM pg_db_role_setting AS s CROSS JOIN unnest(s.setconfig) AS setting
   WHERE s.setdatabase = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())`,
  `SELECT 'grants on the database itself' FROM pg_database AS d WHERE d.datname = current_database() AND d.datacl IS NOT NULL`,
  `SELECT format('%s security labels', count(*)) FROM pg_seclabel HAVING count(*) > 0`,
];

/** One line each, for people. */
export async function readNotes(query: RunQuery): Promise<readonly string[]> {
  const rows = await readRows<{ readonly line: string }>(
    query,
    `SELECT line FROM (${NOTES.join("\nUNION ALL ")}) AS notes ORDER BY line COLLATE "C"`,
  );
  return rows.map(({ line }) => line);
}
