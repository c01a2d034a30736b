import { quoteIdentifier, quoteLiteral } from "../quote.ts";
import { addressOf, type Draft } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { FIRST_USER_OID } from "./user-objects.ts";

interface CommentRow {
  readonly classId: number;
  readonly objectId: number;
  readonly subId: number;
  /** pg_identify_object: `table column`, `function` … */
  readonly type: string;
  readonly identity: string;
  /** Of a domain's constraint. */
  readonly constraint: string | null;
  readonly domain: string | null;
  readonly text: string;
  /** The table to which a parent's constraint or trigger came by itself. */
  readonly inheritedBy: number | null;
}

/** COMMENT has one word for several of pg_identify_object's; for the rest the words are the same. */
const WORDS: Readonly<Record<string, string>> = {
  "table column": "COLUMN",
  "view column": "COLUMN",
  "materialized view column": "COLUMN",
  "composite type column": "COLUMN",
  "table constraint": "CONSTRAINT",
  function: "ROUTINE",
  procedure: "ROUTINE",
  aggregate: "ROUTINE",
  "window function": "ROUTINE",
  "statistics object": "STATISTICS",
};

/**
 * Comments on everything that is made again; those of other objects find nothing and go with them. A comment that may not
 * be written (on an extension, or on a schema of another's) is no reason to stop.
 */
export async function draftComments(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<CommentRow>(
    query,
    `SELECT d.classoid::int8 AS "classId", d.objoid::int8 AS "objectId", d.objsubid AS "subId", i.type, i.identity,
       k.conname AS constraint, CASE WHEN k.oid IS NOT NULL THEN format('%I.%I', tn.nspname, t.typname) END AS domain,
       d.description AS text, (
         SELECT inherited.conrelid::int8 FROM pg_constraint AS inherited
         WHERE d.classoid = 'pg_constraint'::regclass AND inherited.oid = d.objoid AND inherited.conrelid <> 0
           AND (inherited.contype = 'f' AND inherited.conparentid <> 0 OR inherited.contype = 'c' AND NOT inherited.conislocal)
         UNION ALL SELECT t.tgrelid::int8 FROM pg_trigger AS t
         WHERE d.classoid = 'pg_trigger'::regclass AND t.oid = d.objoid AND t.tgparentid <> 0) AS "inheritedBy"
     FROM pg_description AS d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
       LEFT JOIN pg_constraint AS k ON d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid AND k.contypid <> 0
       LEFT JOIN pg_type AS t ON t.oid = k.contypid LEFT JOIN pg_namespace AS tn ON tn.oid = t.typnamespace
     WHERE i.identity IS NOT NULL AND NOT EXISTS (SELECT FROM pg_depend AS m
         WHERE m.classid = d.classoid AND m.objid = d.objoid AND m.deptype = 'e')
       AND (d.objoid >= ${FIRST_USER_OID} OR d.classoid = 'pg_namespace'::regclass AND i.identity = 'public')`,
  );
  return rows.map((row) => {
    const address = `${row.classId}:${row.objectId}`;
    const id = `${address}:${row.subId}`;
    return {
      address: `comment ${id}`,
      id,
      kind: "comment",
      name: `${row.type} ${row.identity}`,
      phase: "rest",
      statements: [`COMMENT ON ${targetOf(row)} IS ${quoteLiteral(row.text)}`],
      needs: [
        row.inheritedBy === null
          ? address
          : addressOf("pg_class", row.inheritedBy),
      ],
      optional: true,
    };
  });
}

function targetOf(row: CommentRow): string {
  if (row.constraint !== null && row.domain !== null)
    return `CONSTRAINT ${quoteIdentifier(row.constraint)} ON DOMAIN ${row.domain}`;
  return `${WORDS[row.type] ?? row.type.toUpperCase()} ${row.identity}`;
}
