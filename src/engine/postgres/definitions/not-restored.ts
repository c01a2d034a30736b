import { OID_HASHED_TABLES } from "../hash-partitions.ts";
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
   FROM pg_extension AS e JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
     JOIN pg_class AS c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid AND c.relkind = 'r' JOIN pg_namespace AS n ON n.oid = c.relnamespace`,
  `SELECT format('table %s.%s is partitioned by the hash of an enum or a regclass, which is another in every database: a restore stops at its rows, and does the others with --table', n.nspname, c.relname)
   FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid IN (${OID_HASHED_TABLES})`,
  ...foreignGrants(),
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
  `SELECT 'comment on the database itself' FROM pg_shdescription AS s JOIN pg_database AS d ON d.oid = s.objoid
   WHERE s.classoid = 'pg_database'::regclass AND d.datname = current_database()`,
  `SELECT 'ICU rules of the database itself' FROM pg_database AS d
   WHERE d.datname = current_database() AND to_jsonb(d) ->> 'daticurules' IS NOT NULL`,
  `SELECT 'grants on the database itself' FROM pg_database AS d WHERE d.datname = current_database() AND d.datacl IS NOT NULL`,
  `SELECT format('%s security labels', count(*)) FROM pg_seclabel HAVING count(*) > 0`,
];

/** One line each, for people. */
export async function readNotes(query: RunQuery): Promise<readonly string[]> {
  const rows = await readRows<{ readonly line: string }>(
    query,
    `SELECT line FROM (${NOTES.join("\nUNION ")}) AS notes ORDER BY line COLLATE "C"`,
  );
  return rows.map(({ line }) => line);
}

/** On what the server or an extension made: where they are not those that it came with. One line for each extension. */
function foreignGrants(): readonly string[] {
  const own = [
    ["pg_class", "relacl", "o.oid::regclass", "o.relnamespace"],
    ["pg_proc", "proacl", "o.oid::regprocedure", "o.pronamespace"],
    ["pg_language", "lanacl", "'language ' || o.lanname", "0"],
  ] as const;
  return own.map(
    ([catalog, acl, name, namespace]) =>
      `SELECT coalesce('grants on objects of extension ' || e.extname, format('grants on %s: the server makes it', ${name}))
       FROM ${catalog} AS o LEFT JOIN pg_init_privs AS i ON i.classoid = '${catalog}'::regclass AND i.objoid = o.oid AND i.objsubid = 0
         LEFT JOIN pg_depend AS d ON d.classid = '${catalog}'::regclass AND d.objid = o.oid AND d.deptype = 'e'
         LEFT JOIN pg_extension AS e ON e.oid = d.refobjid
       WHERE o.${acl} IS DISTINCT FROM i.initprivs AND (o.oid < ${FIRST_USER_OID} OR e.oid IS NOT NULL)
         AND ${namespace} <> 'information_schema'::regnamespace`,
  );
}
