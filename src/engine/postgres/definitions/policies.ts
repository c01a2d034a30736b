import { quoteIdentifier, quoteQualified } from "../quote.ts";
import { addressOf, type Draft, makes } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface PolicyRow {
  readonly oid: number;
  readonly name: string;
  readonly table: number;
  readonly namespace: string;
  readonly tableName: string;
  readonly permissive: boolean;
  readonly command: string;
  /** Empty: PUBLIC. */
  readonly roles: readonly string[] | null;
  readonly using: string | null;
  readonly check: string | null;
}

const COMMANDS: Readonly<Record<string, string>> = {
  r: "SELECT",
  a: "INSERT",
  w: "UPDATE",
  d: "DELETE",
  "*": "ALL",
};

/** One for a role that the target lacks is reported: row security then shows less, never more. */
export async function draftPolicies(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<PolicyRow>(
    query,
    `SELECT p.oid::int8 AS oid, p.polname AS name, c.oid::int8 AS table, n.nspname AS namespace, c.relname AS "tableName",
       p.polpermissive AS permissive, p.polcmd AS command,
       (SELECT json_agg(r.rolname ORDER BY r.rolname) FROM pg_roles AS r WHERE r.oid = ANY (p.polroles)) AS roles,
       pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS check
     FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE ${isUserSchema("n")} AND ${isOwnObject("pg_policy", "p.oid")}`,
  );
  return rows.map((row) =>
    makes("pg_policy", row.oid, {
      kind: "policy",
      name: `${row.namespace}.${row.tableName}.${row.name}`,
      phase: "rest",
      statements: [createPolicy(row)],
      needs: [addressOf("pg_class", row.table)],
      table: row.table,
      ...(row.roles === null ? {} : { optional: true }),
    }),
  );
}

function createPolicy(row: PolicyRow): string {
  const roles = (row.roles ?? []).map(quoteIdentifier).join(", ") || "PUBLIC";
  return (
    `CREATE POLICY ${quoteIdentifier(row.name)} ON ${quoteQualified(row.namespace, row.tableName)}` +
    ` AS ${row.permissive ? "PERMISSIVE" : "RESTRICTIVE"} FOR ${COMMANDS[row.command] ?? "ALL"} TO ${roles}` +
    (row.using === null ? "" : ` USING (${row.using})`) +
    (row.check === null ? "" : ` WITH CHECK (${row.check})`)
  );
}
