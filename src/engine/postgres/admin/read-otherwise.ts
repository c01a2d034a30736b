import { literalArray } from "../quote.ts";

/** Types whose text is the name that something has now: a row that nobody touched reads otherwise after a rename. */
const NAMING_TYPES = [
  "regclass",
  "regcollation",
  "regconfig",
  "regdictionary",
  "regnamespace",
  "regoper",
  "regoperator",
  "regproc",
  "regprocedure",
  "regtype",
];

const NAMING_TYPE = `IN (SELECT unnest(ARRAY[t.oid, t.typarray]) FROM pg_type t
         WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typname = ANY (${literalArray(NAMING_TYPES)}))`;

/**
 * What each DDL command would have to search whole catalogs for, which takes too long in a large database. Of pg_class and pg_type:
 * relations and domains that use such a type themselves, to which nothing else leads, because no dependency on a built-in type is
 * recorded. Of pg_index: tables whose rows are found by an index that may be dropped. Ids of what was dropped, or is no longer so,
 * may stay.
 *
 * Its index is not unique: a row that another transaction has written and this one's snapshot does not see would fail the
 * command in REPEATABLE READ, and a second row of the same harms nobody. It is published, as every table, and rows are deleted.
 */
export const CREATE_NAMING = `CREATE TABLE IF NOT EXISTS tidemark.naming (class oid NOT NULL, id oid NOT NULL);
  ALTER TABLE tidemark.naming REPLICA IDENTITY FULL;
  CREATE INDEX IF NOT EXISTS naming_of ON tidemark.naming (class, id)`;

const EVERYTHING = { relations: "TRUE", types: "TRUE" };

/** With a row that stands for itself: whoever finds it knows that everything was looked at once. */
export const FILL_NAMING = `${fillNaming(EVERYTHING)} UNION ALL
  SELECT 0, 0 WHERE NOT EXISTS (SELECT FROM tidemark.naming WHERE class = 0)`;

export const IS_NAMING_FULL = `SELECT EXISTS (SELECT FROM tidemark.naming WHERE class = 0)
  AND NOT EXISTS (${lackingOf(EVERYTHING)}) AS "full"`;

/** Before the DDL trigger is made or mended: what others have open meanwhile has to be looked at. */
export const UNFILL_NAMING = `DELETE FROM tidemark.naming WHERE class = 0`;

interface Among {
  readonly relations: string;
  readonly types: string;
}

export function fillNaming(among: Among): string {
  return `INSERT INTO tidemark.naming (class, id) ${lackingOf(among)}`;
}

function lackingOf(among: Among): string {
  return `SELECT found.class, found.id FROM (
  SELECT DISTINCT 'pg_class'::regclass::oid, a.attrelid FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid
   WHERE ${among.relations} AND r.oid >= 16384 AND r.relkind IN ('r', 'p', 'c') AND r.relpersistence <> 't'
     AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid ${NAMING_TYPE}
  UNION ALL
  SELECT 'pg_type'::regclass::oid, made.oid FROM pg_type made
   WHERE ${among.types} AND made.oid >= 16384 AND made.typbasetype ${NAMING_TYPE}
  UNION ALL
  SELECT 'pg_index'::regclass::oid, r.oid FROM pg_class r
   WHERE ${among.relations} AND r.oid >= 16384 AND r.relkind = 'r' AND r.relpersistence <> 't' AND r.relreplident = 'i') AS found (class, id)
   WHERE NOT EXISTS (SELECT FROM tidemark.naming n WHERE n.class = found.class AND n.id = found.id)`;
}

/**
 * Tables with a column of a type whose text this command changes: the row types of the relations that it touched, types that name
 * objects where it may have renamed or dropped one, and every array, domain, range and composite of those. Such a table is
 * neither named by the command nor does it change its shape.
 */
export const READ_OTHERWISE = `
  WITH RECURSIVE reached (class, id) AS (
    SELECT 'pg_type'::regclass::oid, r.reltype FROM pg_class r WHERE r.oid = ANY (touched || named)
    UNION SELECT n.class, n.id FROM tidemark.naming n WHERE tg_tag ~ '^(ALTER|DROP) '
    UNION SELECT further.class, further.id FROM reached CROSS JOIN LATERAL (
      SELECT d.classid, d.objid FROM pg_depend d
       WHERE reached.class = 'pg_type'::regclass AND d.refclassid = 'pg_type'::regclass AND d.refobjid = reached.id
         AND d.classid IN ('pg_type'::regclass, 'pg_class'::regclass)
      UNION ALL SELECT 'pg_type'::regclass::oid, r.reltype FROM pg_class r
       WHERE reached.class = 'pg_class'::regclass AND r.oid = reached.id) AS further (class, id))
  SELECT array_agg(r.oid) INTO others
    FROM reached JOIN pg_class r ON reached.class = 'pg_class'::regclass AND r.oid = reached.id
   WHERE r.relkind IN ('r', 'p') AND r.relpersistence <> 't'`;
