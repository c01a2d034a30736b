import type { Address } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { FIRST_USER_OID } from "./user-objects.ts";

export interface Dependencies {
  /** What pg_depend says: from → to. */
  readonly edges: readonly Edge[];
  /** Catalog objects that are made by, or are a part of, another one. */
  readonly aliases: ReadonlyMap<Address, Address>;
}

export interface Edge {
  readonly from: Address;
  readonly to: Address;
}

/** Everything depends on objects of initdb without saying so; only the user's are looked at. */
export async function readDependencies(query: RunQuery): Promise<Dependencies> {
  const edges = await readRows<Edge>(
    query,
    `SELECT DISTINCT d.classid || ':' || d.objid AS "from", d.refclassid || ':' || d.refobjid AS "to"
     FROM pg_depend AS d
     WHERE d.objid >= ${FIRST_USER_OID} AND d.refobjid >= ${FIRST_USER_OID}
       -- OWNED BY is a statement of its own, after sequence and table.
       AND NOT (d.deptype = 'a' AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
         AND EXISTS (SELECT FROM pg_sequence AS s WHERE s.seqrelid = d.objid))`,
  );
  const aliases = await readRows<Edge>(query, ALIASES);
  return { edges, aliases: new Map(aliases.map(({ from, to }) => [from, to])) };
}

/** Of several steps: an array of a multirange is the multirange, which is the range. */
const ALIASES = `
  SELECT 'pg_type'::regclass::oid || ':' || t.oid AS "from", 'pg_class'::regclass::oid || ':' || t.typrelid AS "to"
    FROM pg_type AS t JOIN pg_class AS c ON c.oid = t.typrelid AND c.relkind <> 'c'
  UNION ALL SELECT 'pg_class'::regclass::oid || ':' || t.typrelid, 'pg_type'::regclass::oid || ':' || t.oid
    FROM pg_type AS t JOIN pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c'
  UNION ALL SELECT 'pg_type'::regclass::oid || ':' || t.typarray, 'pg_type'::regclass::oid || ':' || t.oid
    FROM pg_type AS t WHERE t.typarray <> 0
  UNION ALL SELECT 'pg_type'::regclass::oid || ':' || r.rngmultitypid, 'pg_type'::regclass::oid || ':' || r.rngtypid
    FROM pg_range AS r
  UNION ALL SELECT 'pg_proc'::regclass::oid || ':' || d.objid, 'pg_type'::regclass::oid || ':' || d.refobjid
    FROM pg_depend AS d JOIN pg_type AS t ON t.oid = d.refobjid AND t.typtype IN ('r', 'm')
    WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_type'::regclass AND d.deptype = 'i'
  UNION ALL SELECT 'pg_cast'::regclass::oid || ':' || c.oid, 'pg_type'::regclass::oid || ':' || r.rngtypid
    FROM pg_cast AS c JOIN pg_range AS r ON r.rngtypid = c.castsource AND r.rngmultitypid = c.casttarget
  UNION ALL SELECT 'pg_rewrite'::regclass::oid || ':' || w.oid, 'pg_class'::regclass::oid || ':' || w.ev_class
    FROM pg_rewrite AS w WHERE w.rulename = '_RETURN'
  UNION ALL SELECT 'pg_attrdef'::regclass::oid || ':' || d.oid, 'pg_class'::regclass::oid || ':' || d.adrelid
    FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated <> ''
  UNION ALL SELECT 'pg_class'::regclass::oid || ':' || k.conindid, 'pg_constraint'::regclass::oid || ':' || k.oid
    FROM pg_constraint AS k WHERE k.contype IN ('p', 'u', 'x')
  UNION ALL SELECT 'pg_constraint'::regclass::oid || ':' || k.oid, CASE WHEN k.contypid <> 0
      THEN 'pg_type'::regclass::oid || ':' || k.contypid ELSE 'pg_class'::regclass::oid || ':' || k.conrelid END
    FROM pg_constraint AS k WHERE k.contype = 'n'
  -- What excludes comes to partitions from their parent.
  UNION ALL SELECT 'pg_constraint'::regclass::oid || ':' || k.oid, 'pg_constraint'::regclass::oid || ':' || k.conparentid
    FROM pg_constraint AS k WHERE k.conparentid <> 0 AND k.conexclop IS NOT NULL
  UNION ALL SELECT 'pg_constraint'::regclass::oid || ':' || t.tgconstraint, 'pg_trigger'::regclass::oid || ':' || t.oid
    FROM pg_trigger AS t JOIN pg_constraint AS k ON k.oid = t.tgconstraint AND k.contype = 't'
  UNION ALL SELECT 'pg_class'::regclass::oid || ':' || d.objid, 'pg_class'::regclass::oid || ':' || d.refobjid
    FROM pg_depend AS d JOIN pg_sequence AS s ON s.seqrelid = d.objid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'
  -- Members of an operator class are its own; loose ones are the family's.
  UNION ALL SELECT * FROM (SELECT DISTINCT ON (d.classid, d.objid) d.classid || ':' || d.objid, d.refclassid || ':' || d.refobjid
    FROM pg_depend AS d WHERE d.classid IN ('pg_amop'::regclass, 'pg_amproc'::regclass)
      AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
    ORDER BY d.classid, d.objid, d.refclassid = 'pg_opclass'::regclass DESC) AS member
  UNION ALL SELECT d.classid || ':' || d.objid, d.refclassid || ':' || d.refobjid
    FROM pg_depend AS d WHERE d.deptype = 'e'`;
