import { quoteIdentifier, quoteLiteral, quoteQualified } from "../quote.ts";
import { type Draft, makes } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { FIRST_USER_OID, isOwnObject, isUserSchema } from "./user-objects.ts";

interface OperatorRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly function: string;
  readonly left: string | null;
  readonly right: string | null;
  readonly commutator: string | null;
  readonly negator: string | null;
  readonly restrict: string | null;
  readonly join: string | null;
  readonly hashes: boolean;
  readonly merges: boolean;
}

const NAMED = (oid: string): string =>
  `(SELECT format('OPERATOR(%I.%s)', xn.nspname, x.oprname) FROM pg_operator AS x
    JOIN pg_namespace AS xn ON xn.oid = x.oprnamespace WHERE x.oid = ${oid})`;

/** An operator without a function is a promise that another one made by naming it; naming it again makes it again. */
export async function draftOperators(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<OperatorRow>(
    query,
    `SELECT o.oid::int8 AS oid, n.nspname AS namespace, o.oprname AS name, o.oprcode::text AS function,
       CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END AS left,
       CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) END AS right,
       ${NAMED("o.oprcom")} AS commutator, ${NAMED("o.oprnegate")} AS negator,
       nullif(o.oprrest, 0)::regproc::text AS restrict, nullif(o.oprjoin, 0)::regproc::text AS join,
       o.oprcanhash AS hashes, o.oprcanmerge AS merges
     FROM pg_operator AS o JOIN pg_namespace AS n ON n.oid = o.oprnamespace
     WHERE o.oprcode <> 0 AND ${isUserSchema("n")} AND ${isOwnObject("pg_operator", "o.oid")}`,
  );
  return rows.map((row) => {
    const options: readonly (readonly [string, string | null])[] = [
      ["FUNCTION", row.function],
      ["LEFTARG", row.left],
      ["RIGHTARG", row.right],
      ["COMMUTATOR", row.commutator],
      ["NEGATOR", row.negator],
      ["RESTRICT", row.restrict],
      ["JOIN", row.join],
    ];
    const all = [
      ...options.flatMap(([name, value]) =>
        value === null ? [] : [`${name} = ${value}`],
      ),
      ...(row.hashes ? ["HASHES"] : []),
      ...(row.merges ? ["MERGES"] : []),
    ];
    return makes("pg_operator", row.oid, {
      kind: "operator",
      name: `${row.namespace}.${row.name}(${row.left ?? "NONE"}, ${row.right ?? "NONE"})`,
      phase: "structure",
      statements: [
        `CREATE OPERATOR ${quoteIdentifier(row.namespace)}.${row.name} (${all.join(", ")})`,
      ],
    });
  });
}

interface CastRow {
  readonly oid: number;
  readonly from: string;
  readonly to: string;
  readonly function: string | null;
  readonly method: string;
  readonly context: string;
}

const CONTEXTS: Readonly<Record<string, string>> = {
  a: " AS ASSIGNMENT",
  i: " AS IMPLICIT",
};

export async function draftCasts(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<CastRow>(
    query,
    `SELECT c.oid::int8 AS oid, format_type(c.castsource, NULL) AS "from", format_type(c.casttarget, NULL) AS "to",
       nullif(c.castfunc, 0)::regprocedure::text AS function, c.castmethod AS method, c.castcontext AS context
     FROM pg_cast AS c WHERE c.oid >= ${FIRST_USER_OID} AND ${isOwnObject("pg_cast", "c.oid")}
       -- A range comes with its cast to its multirange.
       AND NOT EXISTS (SELECT FROM pg_range AS r WHERE r.rngtypid = c.castsource AND r.rngmultitypid = c.casttarget)`,
  );
  return rows.map((row) => {
    const how =
      row.function !== null
        ? `WITH FUNCTION ${row.function}`
        : row.method === "i"
          ? "WITH INOUT"
          : "WITHOUT FUNCTION";
    return makes("pg_cast", row.oid, {
      kind: "cast",
      name: `${row.from} as ${row.to}`,
      phase: "structure",
      statements: [
        `CREATE CAST (${row.from} AS ${row.to}) ${how}${CONTEXTS[row.context] ?? ""}`,
      ],
    });
  });
}

interface ConversionRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly from: string;
  readonly to: string;
  readonly function: string;
}

export async function draftConversions(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<ConversionRow>(
    query,
    `SELECT c.oid::int8 AS oid, n.nspname AS namespace, c.conname AS name, c.condefault AS "isDefault",
       pg_encoding_to_char(c.conforencoding) AS "from", pg_encoding_to_char(c.contoencoding) AS "to", c.conproc::text AS function
     FROM pg_conversion AS c JOIN pg_namespace AS n ON n.oid = c.connamespace
     WHERE ${isUserSchema("n")} AND ${isOwnObject("pg_conversion", "c.oid")}`,
  );
  return rows.map((row) =>
    makes("pg_conversion", row.oid, {
      kind: "conversion",
      name: `${row.namespace}.${row.name}`,
      phase: "structure",
      statements: [
        `CREATE ${row.isDefault ? "DEFAULT " : ""}CONVERSION ${quoteQualified(row.namespace, row.name)}` +
          ` FOR ${quoteLiteral(row.from)} TO ${quoteLiteral(row.to)} FROM ${row.function}`,
      ],
    }),
  );
}
