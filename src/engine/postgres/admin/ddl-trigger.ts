import { literalArray } from "../quote.ts";
import { fillNaming, READ_OTHERWISE } from "./read-otherwise.ts";
import { FUNCTION_SEARCH_PATH } from "./tidemark-schema.ts";

/** Never wait long behind somebody's transaction: a waiting ALTER stops every writer of that table. */
export const LOCK_TIMEOUT = "3s";

/**
 * Commands after which rows read as before and only definitions are others. Every other command without a table of its own
 * ends the history of every table.
 */
const HARMLESS = [
  "CREATE SCHEMA",
  "CREATE VIEW",
  "CREATE FUNCTION",
  "CREATE PROCEDURE",
  "CREATE AGGREGATE",
  "CREATE INDEX",
  "CREATE SEQUENCE",
  "CREATE TRIGGER",
  "CREATE RULE",
  "CREATE POLICY",
  "CREATE TYPE",
  "CREATE DOMAIN",
  "CREATE EXTENSION",
  "CREATE STATISTICS",
  "CREATE OPERATOR",
  "CREATE OPERATOR CLASS",
  "CREATE OPERATOR FAMILY",
  "CREATE CAST",
  "CREATE COLLATION",
  "CREATE PUBLICATION",
  "CREATE SUBSCRIPTION",
  "CREATE ACCESS METHOD",
  "CREATE TEXT SEARCH CONFIGURATION",
  "CREATE TEXT SEARCH DICTIONARY",
  "ALTER VIEW",
  "ALTER FUNCTION",
  "ALTER PROCEDURE",
  "ALTER ROUTINE",
  "ALTER AGGREGATE",
  "ALTER INDEX",
  "ALTER SEQUENCE",
  "ALTER TRIGGER",
  "ALTER POLICY",
  "ALTER STATISTICS",
  "ALTER PUBLICATION",
  "ALTER SUBSCRIPTION",
  "ALTER MATERIALIZED VIEW",
  "CREATE MATERIALIZED VIEW",
  "DROP SCHEMA",
  "DROP VIEW",
  "DROP FUNCTION",
  "DROP PROCEDURE",
  "DROP ROUTINE",
  "DROP AGGREGATE",
  "DROP INDEX",
  "DROP SEQUENCE",
  "DROP TRIGGER",
  "DROP RULE",
  "DROP POLICY",
  "DROP TYPE",
  "DROP DOMAIN",
  "DROP EXTENSION",
  "DROP STATISTICS",
  "DROP MATERIALIZED VIEW",
  "DROP PUBLICATION",
  "DROP SUBSCRIPTION",
  "DROP OWNED",
  "COMMENT",
  "SECURITY LABEL",
  "GRANT",
  "REVOKE",
  "ALTER DEFAULT PRIVILEGES",
  "CREATE TABLE",
  "CREATE TABLE AS",
  "SELECT INTO",
  "DROP TABLE",
];

/** Parts of relations, which have no schema of their own by which those of temporary ones would be known. */
const PARTS = `'default value', 'rule', 'trigger', 'policy'`;

/**
 * Records every command with the tables whose history it ends (partitions and heirs included), or null for every table, and
 * gives a table that has lost its identity, or never had one, another in the same transaction, because in a publication its
 * updates would fail: its key, or REPLICA IDENTITY FULL. With a virtual generated column (from 18 on) they fail with FULL too: such
 * a table is left as it is, so that a primary key mends it, and one that has both a key and FULL goes back to its key.
 *
 * It traps its own errors: the user's command never fails because of it, and what it cannot say becomes "unknown", which ends
 * the history of every table. It waits for the log as long as it takes: the session's lock_timeout would leave a command that went
 * through unrecorded. Only for its own ALTER TABLE, which may stop a table's writers, it waits no longer than `prepare` does.
 *
 * From REPEATABLE READ on it sees the catalogs as of the transaction's snapshot, and not the heirs, nor the tables that use a type,
 * that others have made since: what such a command concerns cannot be known.
 *
 * What ALTER TABLE drops, a constraint or a default, names no table; the end of the same command does. REFRESH MATERIALIZED VIEW
 * and REINDEX, which has events from 17 on, change neither rows of tables nor definitions. Until 15 a walsender goes on with the
 * old name of a schema, and one that begins later does not: a RESET of nothing makes it describe the tables again.
 */
export const ON_DDL_BODY = `
DECLARE
  named oid[];
  touched oid[];
  types oid[];
  others oid[];
  indexed oid[];
  objects jsonb;
  commands bigint;
  known boolean;
  one record;
BEGIN
  IF tg_tag IN ('REFRESH MATERIALIZED VIEW', 'REINDEX') THEN RETURN; END IF;
  IF tg_event = 'ddl_command_end' THEN
    SELECT count(*),
           jsonb_agg(jsonb_build_object('type', c.object_type, 'name', left(c.object_identity, 500))) FILTER (WHERE n <= 100),
           array_agg(c.objid) FILTER (WHERE c.classid = 'pg_class'::regclass AND r.relkind IN ('r', 'p')),
           array_agg(r.oid), array_agg(c.objid) FILTER (WHERE c.classid = 'pg_type'::regclass)
      INTO commands, objects, named, touched, types
      FROM (SELECT *, row_number() OVER () AS n FROM pg_event_trigger_ddl_commands()) c
      LEFT JOIN pg_class r ON c.classid = 'pg_class'::regclass AND r.oid = c.objid
     WHERE (c.schema_name IS DISTINCT FROM 'tidemark' AND c.schema_name IS DISTINCT FROM 'pg_temp')
       AND r.relpersistence IS DISTINCT FROM 't'
       AND CASE WHEN c.object_type IN (${PARTS}) THEN (pg_identify_object_as_address(c.classid, c.objid, c.objsubid)).object_names[1] END
         IS DISTINCT FROM 'pg_temp';
  ELSE
    SELECT count(*),
           jsonb_agg(jsonb_build_object('type', d.object_type, 'name', left(d.object_identity, 500))) FILTER (WHERE n <= 100),
           array_agg(d.objid) FILTER (WHERE d.classid = 'pg_class'::regclass AND d.object_type IN ('table', 'table column')),
           array_agg(d.objid) FILTER (WHERE d.classid = 'pg_class'::regclass)
      INTO commands, objects, named, touched
      FROM (SELECT *, row_number() OVER () AS n FROM pg_event_trigger_dropped_objects()) d
     WHERE NOT d.is_temporary AND d.schema_name IS DISTINCT FROM 'tidemark'
       AND d.schema_name IS DISTINCT FROM 'pg_toast'
       AND CASE WHEN d.object_type IN (${PARTS}) THEN d.address_names[1] END IS DISTINCT FROM 'pg_temp';
  END IF;
  IF commands = 0 THEN RETURN; END IF;
  WITH RECURSIVE heirs (id) AS (
    SELECT unnest(named) UNION SELECT i.inhrelid FROM pg_inherits i JOIN heirs ON i.inhparent = heirs.id)
  SELECT array_agg(id) INTO named FROM heirs;
  known := tg_tag = ANY (${literalArray(HARMLESS)}) OR coalesce(array_length(named, 1), 0) > 0
    OR tg_event = 'sql_drop' AND tg_tag = 'ALTER TABLE';
  IF tg_tag IN ('ALTER TYPE', 'ALTER DOMAIN', 'ALTER EXTENSION') THEN known := false; END IF;
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
     AND (tg_tag ~ '^(ALTER|DROP) ' AND tg_tag NOT IN ('DROP TABLE', 'DROP INDEX') OR tg_tag = 'CREATE VIEW')
    THEN known := false; END IF;
  IF tg_event = 'ddl_command_end' THEN
    ${fillNaming({ relations: "r.oid = ANY (touched || named)", types: "made.oid = ANY (types)" })};
  ELSE
    SELECT array_agg(n.id) INTO indexed FROM tidemark.naming n WHERE n.class = 'pg_index'::regclass;
  END IF;${READ_OTHERWISE};
  INSERT INTO tidemark.log (kind, name, body)
  SELECT 'ddl', tg_tag, jsonb_build_object(
    'tag', tg_tag,
    'tables', CASE WHEN known THEN (SELECT coalesce(jsonb_agg(id::int8 ORDER BY id), '[]'::jsonb) FROM (SELECT unnest(named) UNION SELECT unnest(others)) AS one (id)) END,
    'objects', objects)::text;
  PERFORM set_config('lock_timeout', '${LOCK_TIMEOUT}', true);
  FOR one IN
    SELECT r.oid::regclass AS name, r.relreplident AS identity,
           EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.oid AND i.indisprimary AND i.indimmediate) AS keyed,
           EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.oid AND i.indisreplident) AS indexed,
           EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attgenerated = 'v' AND NOT a.attisdropped) AS virtual
      FROM pg_class r WHERE r.relkind = 'r' AND r.relpersistence = 'p'
       AND r.oid = ANY (named || indexed) AND (r.relreplident = 'i' OR r.oid = ANY (named))
  LOOP
    IF one.identity = 'i' AND one.indexed THEN CONTINUE; END IF;
    IF one.identity IN ('d', 'i') AND NOT one.keyed AND NOT one.virtual THEN
      EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', one.name);
    ELSIF one.keyed AND (one.identity = 'i' OR one.identity = 'f' AND one.virtual) THEN
      EXECUTE format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', one.name);
    END IF;
  END LOOP;
  IF tg_tag = 'ALTER SCHEMA' AND current_setting('server_version_num')::int < 160000 THEN
    FOR one IN
      SELECT r.oid::regclass AS name FROM pg_event_trigger_ddl_commands() c JOIN pg_class r ON r.relnamespace = c.objid
       WHERE c.classid = 'pg_namespace'::regclass AND r.relkind = 'r' AND r.relpersistence = 'p'
    LOOP
      EXECUTE format('ALTER TABLE %s RESET (tidemark)', one.name);
    END LOOP;
  END IF;
EXCEPTION WHEN OTHERS THEN
  BEGIN
    INSERT INTO tidemark.log (kind, name, body) VALUES ('ddl', 'unknown',
      jsonb_build_object('tag', 'unknown', 'tables', NULL, 'objects', '[]'::jsonb, 'error', left(sqlerrm, 500))::text);
  EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'tidemark could not record this command: %', sqlerrm;
  END;
END
`;

export const CREATE_ON_DDL = `CREATE OR REPLACE FUNCTION tidemark.on_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${FUNCTION_SEARCH_PATH} SET lock_timeout = 0
AS $tidemark$${ON_DDL_BODY}$tidemark$`;

export const EVENT_TRIGGERS = [
  { name: "tidemark_ddl", event: "ddl_command_end" },
  { name: "tidemark_drop", event: "sql_drop" },
] as const;

/** ALWAYS: session_replication_role = replica silences triggers that are only enabled. */
export function createEventTrigger(
  trigger: (typeof EVENT_TRIGGERS)[number],
): string[] {
  return [
    `CREATE EVENT TRIGGER ${trigger.name} ON ${trigger.event} EXECUTE FUNCTION tidemark.on_ddl()`,
    `ALTER EVENT TRIGGER ${trigger.name} ENABLE ALWAYS`,
  ];
}
