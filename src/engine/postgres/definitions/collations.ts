import { quoteLiteral, quoteQualified } from "../quote.ts";
import { type Draft, makes } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface CollationRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly provider: string;
  readonly deterministic: boolean;
  readonly collate: string | null;
  readonly ctype: string | null;
  readonly locale: string | null;
  readonly rules: string | null;
}

const PROVIDERS: Readonly<Record<string, string>> = {
  c: "libc",
  i: "icu",
  b: "builtin",
};

/** Until 14 the locale of ICU is in collcollate, then in colliculocale, and from 17 on in colllocale. */
export async function draftCollations(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<CollationRow>(
    query,
    `SELECT c.oid::int8 AS oid, n.nspname AS namespace, c.collname AS name, c.collprovider AS provider,
       c.collisdeterministic AS deterministic, c.collcollate AS collate, c.collctype AS ctype,
       coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', c.collcollate::text) AS locale,
       to_jsonb(c) ->> 'collicurules' AS rules
     FROM pg_collation AS c JOIN pg_namespace AS n ON n.oid = c.collnamespace
     WHERE c.collprovider IN ('c', 'i', 'b') AND ${isUserSchema("n")} AND ${isOwnObject("pg_collation", "c.oid")}`,
  );
  return rows.map((row) =>
    makes("pg_collation", row.oid, {
      kind: "collation",
      name: `${row.namespace}.${row.name}`,
      phase: "structure",
      statements: [
        `CREATE COLLATION ${quoteQualified(row.namespace, row.name)} (${optionsOf(row).join(", ")})`,
      ],
    }),
  );
}

function optionsOf(row: CollationRow): string[] {
  return [
    `provider = ${PROVIDERS[row.provider] ?? row.provider}`,
    ...(row.provider === "c"
      ? [
          `lc_collate = ${quoteLiteral(row.collate ?? "")}`,
          `lc_ctype = ${quoteLiteral(row.ctype ?? "")}`,
        ]
      : [`locale = ${quoteLiteral(row.locale ?? "")}`]),
    ...(row.rules === null ? [] : [`rules = ${quoteLiteral(row.rules)}`]),
    ...(row.deterministic ? [] : ["deterministic = false"]),
  ];
}
