import { quoteLiteral, quoteQualified } from "../quote.ts";
import { type Draft, makes } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

/** pg_aggregate; functions by name, null where there is none. */
interface AggregateRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly arguments: string;
  readonly hypothetical: boolean;
  readonly parallel: string;
  readonly sfunc: string;
  readonly stype: string;
  readonly sspace: number;
  readonly finalfunc: string | null;
  readonly finalExtra: boolean;
  readonly finalModify: string;
  readonly combinefunc: string | null;
  readonly serialfunc: string | null;
  readonly deserialfunc: string | null;
  readonly initcond: string | null;
  readonly msfunc: string | null;
  readonly minvfunc: string | null;
  readonly mstype: string | null;
  readonly msspace: number;
  readonly mfinalfunc: string | null;
  readonly mfinalExtra: boolean;
  readonly mfinalModify: string;
  readonly minitcond: string | null;
  readonly sortop: string | null;
}

const MODIFY: Readonly<Record<string, string>> = {
  r: "READ_ONLY",
  s: "SHAREABLE",
  w: "READ_WRITE",
};
const PARALLEL: Readonly<Record<string, string>> = {
  s: "SAFE",
  r: "RESTRICTED",
  u: "UNSAFE",
};

export async function draftAggregates(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<AggregateRow>(
    query,
    `SELECT p.oid::int8 AS oid, n.nspname AS namespace, p.proname AS name,
       pg_get_function_identity_arguments(p.oid) AS arguments, a.aggkind = 'h' AS hypothetical, p.proparallel AS parallel,
       a.aggtransfn::text AS sfunc, format_type(a.aggtranstype, NULL) AS stype, a.aggtransspace AS sspace,
       nullif(a.aggfinalfn, 0)::regproc::text AS finalfunc, a.aggfinalextra AS "finalExtra", a.aggfinalmodify AS "finalModify",
       nullif(a.aggcombinefn, 0)::regproc::text AS combinefunc, nullif(a.aggserialfn, 0)::regproc::text AS serialfunc,
       nullif(a.aggdeserialfn, 0)::regproc::text AS deserialfunc, a.agginitval AS initcond,
       nullif(a.aggmtransfn, 0)::regproc::text AS msfunc, nullif(a.aggminvtransfn, 0)::regproc::text AS minvfunc,
       CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END AS mstype, a.aggmtransspace AS msspace,
       nullif(a.aggmfinalfn, 0)::regproc::text AS mfinalfunc, a.aggmfinalextra AS "mfinalExtra",
       a.aggmfinalmodify AS "mfinalModify", a.aggminitval AS minitcond,
       (SELECT format('OPERATOR(%I.%s)', son.nspname, so.oprname) FROM pg_operator AS so
        JOIN pg_namespace AS son ON son.oid = so.oprnamespace WHERE so.oid = a.aggsortop) AS sortop
     FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = a.aggfnoid JOIN pg_namespace AS n ON n.oid = p.pronamespace
     WHERE ${isUserSchema("n")} AND ${isOwnObject("pg_proc", "p.oid")}`,
  );
  return rows.map((row) => {
    const signature = `(${row.arguments || "*"})`;
    return makes("pg_proc", row.oid, {
      kind: "aggregate",
      name: `${row.namespace}.${row.name}${signature}`,
      phase: "structure",
      statements: [
        `CREATE AGGREGATE ${quoteQualified(row.namespace, row.name)}${signature} (${optionsOf(row).join(", ")})`,
      ],
    });
  });
}

function optionsOf(row: AggregateRow): string[] {
  const text = (value: string | null): string | null =>
    value === null ? null : quoteLiteral(value);
  const options: readonly (readonly [string, string | null])[] = [
    ["SFUNC", row.sfunc],
    ["STYPE", row.stype],
    ["SSPACE", row.sspace === 0 ? null : String(row.sspace)],
    ["FINALFUNC", row.finalfunc],
    ["FINALFUNC_MODIFY", ifSet(row.finalfunc, MODIFY[row.finalModify])],
    ["COMBINEFUNC", row.combinefunc],
    ["SERIALFUNC", row.serialfunc],
    ["DESERIALFUNC", row.deserialfunc],
    ["INITCOND", text(row.initcond)],
    ["MSFUNC", row.msfunc],
    ["MINVFUNC", row.minvfunc],
    ["MSTYPE", row.mstype],
    ["MSSPACE", row.msspace === 0 ? null : String(row.msspace)],
    ["MFINALFUNC", row.mfinalfunc],
    ["MFINALFUNC_MODIFY", ifSet(row.mfinalfunc, MODIFY[row.mfinalModify])],
    ["MINITCOND", text(row.minitcond)],
    ["SORTOP", row.sortop],
    ["PARALLEL", PARALLEL[row.parallel] ?? null],
  ];
  return [
    ...options.flatMap(([name, value]) =>
      value === null ? [] : [`${name} = ${value}`],
    ),
    ...(row.finalExtra ? ["FINALFUNC_EXTRA"] : []),
    ...(row.mfinalExtra ? ["MFINALFUNC_EXTRA"] : []),
    ...(row.hypothetical ? ["HYPOTHETICAL"] : []),
  ];
}

function ifSet(other: string | null, value: string | undefined): string | null {
  return other === null ? null : (value ?? null);
}
