import { quoteQualified } from "../quote.ts";
import { type Draft, makes } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface FunctionRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly isProcedure: boolean;
  readonly definition: string;
  readonly arguments: string;
  readonly identity: string;
  readonly result: string | null;
  /** BEGIN ATOMIC or RETURN: the only body whose objects must exist before it. */
  readonly hasParsedBody: boolean;
  /** Its parsed body, or a default, calls itself. */
  readonly isRecursive: boolean;
}

/** Functions, procedures and window functions. */
export async function draftFunctions(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<FunctionRow>(
    query,
    `SELECT p.oid::int8 AS oid, n.nspname AS namespace, p.proname AS name, p.prokind = 'p' AS "isProcedure",
       pg_get_functiondef(p.oid) AS definition, pg_get_function_identity_arguments(p.oid) AS identity,
       regexp_replace(oidvectortypes(p.proargtypes), ',\\s*', ', ', 'g') AS arguments,
       pg_get_function_result(p.oid) AS result, p.prosqlbody IS NOT NULL AS "hasParsedBody",
       EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
         AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid) AS "isRecursive"
     FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
     WHERE p.prokind <> 'a'
       -- A range comes with its constructors.
       AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
         AND d.refclassid = 'pg_type'::regclass AND d.deptype = 'i')
       AND ${isUserSchema("n")} AND ${isOwnObject("pg_proc", "p.oid")}`,
  );
  return rows.map((row) =>
    makes("pg_proc", row.oid, {
      kind: "function",
      name: `${row.namespace}.${row.name}(${row.arguments})`,
      phase: "structure",
      statements: [...(row.isRecursive ? [shellOf(row)] : []), row.definition],
      ...(row.hasParsedBody ? { shell: [shellOf(row)] } : {}),
    }),
  );
}

/** The same signature with a body that is not looked into (check_function_bodies is off) and without defaults. */
function shellOf(row: FunctionRow): string {
  const name = quoteQualified(row.namespace, row.name);
  return row.isProcedure
    ? `CREATE PROCEDURE ${name}(${row.identity}) LANGUAGE sql AS ''`
    : `CREATE FUNCTION ${name}(${row.identity}) RETURNS ${row.result ?? "void"} LANGUAGE sql AS ''`;
}
