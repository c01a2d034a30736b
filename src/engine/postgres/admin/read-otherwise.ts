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
 * Relations and domains that use such a type themselves: a search among all columns takes too long for each DDL command of a large
 * database, and nothing else leads to them, because no dependency on a built-in type is recorded. Ids of what was dropped may stay.
 */
export const CREATE_NAMING = `CREATE TABLE IF NOT EXISTS tidemark.naming (class oid, id oid, PRIMARY KEY (class, id))`;

export const FILL_NAMING = fillNaming({ relations: "TRUE", types: "TRUE" });

export function fillNaming(among: {
  readonly relations: string;
  readonly types: string;
}): string {
  return `INSERT INTO tidemark.naming (class, id)
  SELECT DISTINCT 'pg_class'::regclass::oid, a.attrelid FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid
   WHERE ${among.relations} AND r.oid >= 16384 AND r.relkind IN ('r', 'p', 'c') AND r.relpersistence <> 't'
     AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid ${NAMING_TYPE}
  UNION ALL
  SELECT 'pg_type'::regclass::oid, made.oid FROM pg_type made
   WHERE ${among.types} AND made.oid >= 16384 AND made.typbasetype ${NAMING_TYPE}
  ON CONFLICT DO NOTHING`;
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
