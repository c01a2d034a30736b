import { quoteIdentifier, quoteQualified } from "../quote.ts";
import { type Draft, addressOf, makes, validates } from "./draft.ts";
import { breaksWhileLoading } from "./unsafe-checks.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface DomainRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly base: string;
  readonly collation: string | null;
  readonly default: string | null;
  readonly notNull: boolean;
  /** From 17 on. */
  readonly notNullName: string | null;
}

export async function draftDomains(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<DomainRow>(
    query,
    `SELECT t.oid::int8 AS oid, n.nspname AS namespace, t.typname AS name,
       format_type(t.typbasetype, t.typtypmod) AS base,
       CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation::regcollation::text END AS collation,
       coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)) AS default,
       t.typnotnull AS "notNull",
       (SELECT c.conname FROM pg_constraint AS c WHERE c.contypid = t.oid AND c.contype = 'n') AS "notNullName"
     FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace JOIN pg_type AS b ON b.oid = t.typbasetype
     WHERE t.typtype = 'd' AND ${isUserSchema("n")} AND ${isOwnObject("pg_type", "t.oid")}`,
  );
  return rows.map((row) =>
    makes("pg_type", row.oid, {
      kind: "domain",
      name: `${row.namespace}.${row.name}`,
      phase: "structure",
      statements: [createDomain(row)],
    }),
  );
}

function createDomain(row: DomainRow): string {
  const constraint =
    row.notNullName === null
      ? ""
      : `CONSTRAINT ${quoteIdentifier(row.notNullName)} `;
  return (
    `CREATE DOMAIN ${quoteQualified(row.namespace, row.name)} AS ${row.base}` +
    (row.collation === null ? "" : ` COLLATE ${row.collation}`) +
    (row.default === null ? "" : ` DEFAULT ${row.default}`) +
    (row.notNull ? ` ${constraint}NOT NULL` : "")
  );
}

interface DomainConstraintRow {
  readonly oid: number;
  readonly name: string;
  readonly domain: number;
  readonly domainNamespace: string;
  readonly domainName: string;
  readonly definition: string;
  readonly validated: boolean;
  readonly unsafe: boolean;
}

/** Apart from their domains, because the function of a check may need the domain. */
export async function draftDomainConstraints(
  query: RunQuery,
): Promise<Draft[]> {
  const rows = await readRows<DomainConstraintRow>(
    query,
    `SELECT c.oid::int8 AS oid, c.conname AS name, t.oid::int8 AS domain,
       n.nspname AS "domainNamespace", t.typname AS "domainName",
       pg_get_constraintdef(c.oid) AS definition, c.convalidated AS validated, ${breaksWhileLoading("c.conbin")} AS unsafe
     FROM pg_constraint AS c JOIN pg_type AS t ON t.oid = c.contypid JOIN pg_namespace AS n ON n.oid = t.typnamespace
     WHERE c.contype = 'c' AND ${isUserSchema("n")} AND ${isOwnObject("pg_type", "t.oid")}`,
  );
  return rows.flatMap(draftDomainConstraint);
}

/** Where rows could break it, they are loaded first and the check is validated last, reporting what it finds. */
function draftDomainConstraint(row: DomainConstraintRow): Draft[] {
  const domain = quoteQualified(row.domainNamespace, row.domainName);
  const name = `${row.domainNamespace}.${row.domainName}.${row.name}`;
  const late = row.unsafe || !row.validated;
  const suffix = row.unsafe && row.validated ? " NOT VALID" : "";
  const made = makes("pg_constraint", row.oid, {
    kind: "domain constraint",
    name,
    phase: late ? "rest" : "structure",
    statements: [
      `ALTER DOMAIN ${domain} ADD CONSTRAINT ${quoteIdentifier(row.name)} ${row.definition}${suffix}`,
    ],
    needs: [addressOf("pg_type", row.domain)],
  });
  if (!row.unsafe || !row.validated) return [made];
  const validation = validates(row.oid, {
    name,
    statement: `ALTER DOMAIN ${domain} VALIDATE CONSTRAINT ${quoteIdentifier(row.name)}`,
  });
  return [made, validation];
}
