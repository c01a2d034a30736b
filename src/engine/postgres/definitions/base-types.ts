import { quoteLiteral, quoteQualified } from "../quote.ts";
import { type Draft, makes } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface BaseTypeRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  /** A name without a type behind it. */
  readonly isShell: boolean;
  readonly functions: Readonly<Record<string, string | null>>;
  readonly length: number;
  readonly byValue: boolean;
  readonly alignment: string;
  readonly storage: string;
  readonly category: string;
  readonly preferred: boolean;
  readonly default: string | null;
  readonly element: string | null;
  readonly delimiter: string;
  readonly collatable: boolean;
}

const ALIGNMENTS: Readonly<Record<string, string>> = {
  c: "char",
  s: "int2",
  i: "int4",
  d: "double",
};
const STORAGES: Readonly<Record<string, string>> = {
  p: "plain",
  e: "external",
  m: "main",
  x: "extended",
};

/** Types with input and output functions. Those functions take the type, so a shell of it comes before them. */
export async function draftBaseTypes(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<BaseTypeRow>(
    query,
    `SELECT t.oid::int8 AS oid, n.nspname AS namespace, t.typname AS name, NOT t.typisdefined AS "isShell",
       json_build_object('INPUT', nullif(t.typinput, 0)::regproc::text, 'OUTPUT', nullif(t.typoutput, 0)::regproc::text,
         'RECEIVE', nullif(t.typreceive, 0)::regproc::text, 'SEND', nullif(t.typsend, 0)::regproc::text,
         'TYPMOD_IN', nullif(t.typmodin, 0)::regproc::text, 'TYPMOD_OUT', nullif(t.typmodout, 0)::regproc::text,
         'ANALYZE', nullif(t.typanalyze, 0)::regproc::text, 'SUBSCRIPT', nullif(t.typsubscript, 0)::regproc::text) AS functions,
       t.typlen AS length, t.typbyval AS "byValue", t.typalign AS alignment, t.typstorage AS storage,
       t.typcategory AS category, t.typispreferred AS preferred, t.typdefault AS default,
       CASE WHEN t.typelem <> 0 THEN format_type(t.typelem, NULL) END AS element,
       t.typdelim AS delimiter, t.typcollation <> 0 AS collatable
     FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
     WHERE (t.typtype = 'b' OR NOT t.typisdefined) AND NOT EXISTS (SELECT FROM pg_type AS element WHERE element.typarray = t.oid)
       AND ${isUserSchema("n")} AND ${isOwnObject("pg_type", "t.oid")}`,
  );
  return rows.map((row) => {
    const shell = `CREATE TYPE ${quoteQualified(row.namespace, row.name)}`;
    return makes("pg_type", row.oid, {
      kind: "base type",
      name: `${row.namespace}.${row.name}`,
      phase: "structure",
      statements: [
        row.isShell ? shell : `${shell} (${optionsOf(row).join(", ")})`,
      ],
      ...(row.isShell ? {} : { shell: [shell] }),
    });
  });
}

function optionsOf(row: BaseTypeRow): string[] {
  return [
    ...Object.entries(row.functions).flatMap(([option, name]) =>
      name === null ? [] : [`${option} = ${name}`],
    ),
    `INTERNALLENGTH = ${row.length === -1 ? "VARIABLE" : row.length}`,
    ...(row.byValue ? ["PASSEDBYVALUE"] : []),
    `ALIGNMENT = ${ALIGNMENTS[row.alignment] ?? "int4"}`,
    `STORAGE = ${STORAGES[row.storage] ?? "plain"}`,
    `CATEGORY = ${quoteLiteral(row.category)}`,
    `PREFERRED = ${row.preferred}`,
    ...(row.default === null ? [] : [`DEFAULT = ${quoteLiteral(row.default)}`]),
    ...(row.element === null ? [] : [`ELEMENT = ${row.element}`]),
    `DELIMITER = ${quoteLiteral(row.delimiter)}`,
    `COLLATABLE = ${row.collatable}`,
  ];
}
