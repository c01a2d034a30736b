import { quoteIdentifier } from "../quote.ts";
import type { Draft } from "./draft.ts";
import { CATALOG } from "./draft.ts";
import { type Grant, grantsOf, grantStatements } from "./grants.ts";
import { type RunQuery, readRows } from "./query.ts";

interface DefaultAclRow {
  readonly oid: number;
  readonly role: string;
  readonly schema: string | null;
  readonly schemaOid: number | null;
  readonly type: string;
  readonly grants: readonly Grant[] | null;
  /** What the role leaves to itself. */
  readonly own: readonly Grant[] | null;
}

const OBJECTS: Readonly<Record<string, string>> = {
  r: "TABLES",
  S: "SEQUENCES",
  f: "FUNCTIONS",
  T: "TYPES",
  n: "SCHEMAS",
  L: "LARGE OBJECTS",
};

/**
 * ALTER DEFAULT PRIVILEGES, after everything is made. Without a schema an entry replaces the built-in defaults; in a schema
 * it adds to them (catalogs.html, pg_default_acl).
 */
export async function draftDefaultPrivileges(
  query: RunQuery,
): Promise<Draft[]> {
  const rows = await readRows<DefaultAclRow>(
    query,
    `SELECT d.oid::int8 AS oid, r.rolname AS role, n.nspname AS schema, n.oid::int8 AS "schemaOid", d.defaclobjtype AS type,
       (${grantsOf("d.defaclacl", "d.defaclrole")}) AS grants,
       (SELECT json_agg(json_build_object('grantee', g.grantee::int8, 'role', r.rolname, 'privilege', g.privilege_type,
          'grantable', g.is_grantable) ORDER BY g.privilege_type)
        FROM aclexplode(d.defaclacl) AS g WHERE g.grantee = d.defaclrole) AS own
     FROM pg_default_acl AS d JOIN pg_roles AS r ON r.oid = d.defaclrole LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
     WHERE n.nspname IS DISTINCT FROM 'tidemark'`,
  );
  return rows.flatMap(draftDefaultAcl);
}

function draftDefaultAcl(row: DefaultAclRow): Draft[] {
  const objects = OBJECTS[row.type] ?? row.type;
  const head =
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdentifier(row.role)}` +
    (row.schema === null ? "" : ` IN SCHEMA ${quoteIdentifier(row.schema)}`);
  const grants = (list: readonly Grant[]): string[] =>
    grantStatements(list, { on: `ON ${objects}`, column: "" }).map(
      (grant) => `${head} ${grant}`,
    );
  const revoke = (from: string): string =>
    `${head} REVOKE ALL ON ${objects} FROM ${from}`;
  const replaced =
    row.schema === null
      ? [revoke("PUBLIC"), revoke(quoteIdentifier(row.role))]
      : [];
  const byGrantee = Map.groupBy(row.grants ?? [], ({ grantee }) => grantee);
  const first = [
    ...replaced,
    ...grants(row.own ?? []),
    ...grants(byGrantee.get(0) ?? []),
  ];
  byGrantee.delete(0);
  return [
    ...(first.length > 0 ? [draftOf(row, 0, first)] : []),
    ...[...byGrantee].map(([grantee, list]) =>
      draftOf(row, grantee, grants(list)),
    ),
  ];
}

function draftOf(
  row: DefaultAclRow,
  grantee: number,
  statements: readonly string[],
): Draft {
  const id = `${CATALOG.pg_default_acl}:${row.oid}:0:${grantee}`;
  const first = `default privileges ${CATALOG.pg_default_acl}:${row.oid}:0:0`;
  return {
    address: `default privileges ${id}`,
    id,
    kind: "default privileges",
    name: `${row.role} ${OBJECTS[row.type] ?? row.type}${row.schema === null ? "" : ` in ${row.schema}`}`,
    phase: "rest",
    statements,
    needs: [
      ...(row.schemaOid === null
        ? []
        : [`${CATALOG.pg_namespace}:${row.schemaOid}`]),
      ...(grantee === 0 ? [] : [first]),
    ],
    optional: true,
  };
}
