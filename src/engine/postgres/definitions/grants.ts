import { quoteIdentifier } from "../quote.ts";
import type { Draft } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

export interface Grant {
  /** 0: PUBLIC. */
  readonly grantee: number;
  readonly role: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
}

interface AclRow {
  readonly classId: number;
  readonly objectId: number;
  readonly subId: number;
  /** TABLE, SEQUENCE, ROUTINE, TYPE, SCHEMA. */
  readonly word: string;
  readonly target: string;
  /** For a grant on one column. */
  readonly column: string | null;
  readonly table: number | null;
  /** A new object of this kind is open to PUBLIC. */
  readonly isPublic: boolean;
  /** To others than the owner, who is the restoring role in the target. */
  readonly grants: readonly Grant[] | null;
}

const NO_COLUMN = "NULL, NULL";

const ACLS = `
  SELECT 'pg_class'::regclass::oid AS class, c.oid AS object, 0 AS sub, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS word,
    format('%I.%I', n.nspname, c.relname) AS target, NULL::text AS column,
    CASE WHEN c.relkind IN ('r', 'p') THEN c.oid::int8 END AS "table", false AS public, c.relacl AS acl, c.relowner AS owner
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND ${isUserSchema("n")} AND ${isOwnObject("pg_class", "c.oid")}
  UNION ALL SELECT 'pg_class'::regclass, c.oid, a.attnum, 'TABLE', format('%I.%I', n.nspname, c.relname), quote_ident(a.attname),
    CASE WHEN c.relkind IN ('r', 'p') THEN c.oid::int8 END, false, a.attacl, c.relowner
  FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm')
    AND ${isUserSchema("n")} AND ${isOwnObject("pg_class", "c.oid")}
  UNION ALL SELECT 'pg_proc'::regclass, p.oid, 0, 'ROUTINE', p.oid::regprocedure::text, ${NO_COLUMN}, true, p.proacl, p.proowner
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
  WHERE ${isUserSchema("n")} AND ${isOwnObject("pg_proc", "p.oid")}
  UNION ALL SELECT 'pg_type'::regclass, t.oid, 0, 'TYPE', format('%I.%I', n.nspname, t.typname), ${NO_COLUMN}, true, t.typacl, t.typowner
  FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
  WHERE ${isUserSchema("n")} AND ${isOwnObject("pg_type", "t.oid")}
  UNION ALL SELECT 'pg_namespace'::regclass, n.oid, 0, 'SCHEMA', quote_ident(n.nspname), ${NO_COLUMN}, n.nspname = 'public', n.nspacl, n.nspowner
  FROM pg_namespace AS n WHERE ${isUserSchema("n")} AND ${isOwnObject("pg_namespace", "n.oid")}`;

/** What others than the owner may do, one draft for each of them: one missing role does not cost another its grants. */
export async function draftGrants(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<AclRow>(
    query,
    `SELECT o.class::int8 AS "classId", o.object::int8 AS "objectId", o.sub AS "subId", o.word, o.target, o.column, o.table,
       o.public AS "isPublic", (${grantsOf("o.acl", "o.owner")}) AS grants
     FROM (${ACLS}) AS o WHERE o.acl IS NOT NULL`,
  );
  return rows.flatMap(draftAcl);
}

/** Ordered by role, then privilege, whatever order they were given in. */
export function grantsOf(acl: string, owner: string): string {
  return `SELECT json_agg(json_build_object('grantee', g.grantee::int8, 'role', r.rolname, 'privilege', g.privilege_type,
      'grantable', g.is_grantable) ORDER BY r.rolname, g.privilege_type, g.is_grantable)
    FROM aclexplode(${acl}) AS g LEFT JOIN pg_roles AS r ON r.oid = g.grantee
    WHERE g.grantee <> ${owner} AND (g.grantee = 0 OR r.oid IS NOT NULL)`;
}

function draftAcl(row: AclRow): Draft[] {
  const on = `ON ${row.word} ${row.target}`;
  const byGrantee = Map.groupBy(row.grants ?? [], ({ grantee }) => grantee);
  const open = byGrantee.get(0) ?? [];
  byGrantee.delete(0);
  const column = row.column === null ? "" : ` (${row.column})`;
  const grants = (list: readonly Grant[]): string[] =>
    grantStatements(list, { on, column });
  return [
    // Never optional: a restored function must not be open to more than the source's was.
    ...(row.isPublic || open.length > 0
      ? [
          draftOf(row, 0, [
            ...(row.isPublic ? [`REVOKE ALL ${on} FROM PUBLIC`] : []),
            ...grants(open),
          ]),
        ]
      : []),
    ...[...byGrantee].map(([grantee, list]) => ({
      ...draftOf(row, grantee, grants(list)),
      optional: true as const,
    })),
  ];
}

export function grantStatements(
  grants: readonly Grant[],
  words: { readonly on: string; readonly column: string },
): string[] {
  return [false, true].flatMap((grantable) => {
    const some = grants.filter((grant) => grant.grantable === grantable);
    const [first] = some;
    if (first === undefined) return [];
    const privileges = some
      .map(({ privilege }) => `${privilege}${words.column}`)
      .join(", ");
    const to = first.role === null ? "PUBLIC" : quoteIdentifier(first.role);
    return [
      `GRANT ${privileges} ${words.on} TO ${to}${grantable ? " WITH GRANT OPTION" : ""}`,
    ];
  });
}

function draftOf(
  row: AclRow,
  grantee: number,
  statements: readonly string[],
): Draft {
  const address = `${row.classId}:${row.objectId}`;
  const id = `${address}:${row.subId}:${grantee}`;
  return {
    address: `grant ${id}`,
    id,
    kind: "grant",
    name: `${row.target}${row.column === null ? "" : `.${row.column}`}`,
    phase: "rest",
    statements,
    needs: [address],
    ...(row.table === null ? {} : { table: row.table }),
  };
}
