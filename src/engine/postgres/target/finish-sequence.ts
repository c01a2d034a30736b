import type { SequenceValue } from "../../restore-target.ts";
import type { PostgresConnection } from "../connection.ts";
import { quoteIdentifier, quoteLiteral, quoteQualified } from "../quote.ts";

type FedColumn = SequenceValue["columns"][number];

/**
 * Never behind the reading given, nor behind any number in the columns that it feeds: nextval must not repeat one. Numbers outside
 * the sequence's bounds were not its own, and it could not be set to them. What is made of a number (`'INV-' || nextval(…)`) is
 * not read back: there the reading counts alone.
 */
export async function finishSequence(
  connection: PostgresConnection,
  sequence: SequenceValue,
): Promise<void> {
  const name = quoteLiteral(quoteQualified(sequence.namespace, sequence.name));
  const furthest = sequence.increment.startsWith("-") ? "min" : "max";
  const bound = (which: "seqmin" | "seqmax") =>
    `(SELECT ${which} FROM pg_sequence WHERE seqrelid = ${name}::regclass)`;
  const readings = (await numberColumns(connection, sequence.columns)).map(
    ({ namespace, table, column }) => {
      const value = quoteIdentifier(column);
      return `SELECT ${furthest}(${value})::numeric FROM ONLY ${quoteQualified(namespace, table)} WHERE ${value} BETWEEN ${bound("seqmin")} AND ${bound("seqmax")}`;
    },
  );
  const last = `${quoteLiteral(sequence.lastValue)}::numeric`;
  const values = [
    ...readings,
    `SELECT ${sequence.isCalled ? last : "NULL::numeric"}`,
  ].join(" UNION ALL ");
  await connection.query(
    `SELECT CASE WHEN v IS NULL THEN setval(${name}, ${last}::int8, false)
                 ELSE setval(${name}, v::int8, true) END
       FROM (SELECT ${furthest}(v) AS v FROM (${values}) AS readings (v)) AS furthest`,
  );
}

/** Those whose type, or a domain's base type, is a number. */
async function numberColumns(
  connection: PostgresConnection,
  columns: readonly FedColumn[],
): Promise<readonly FedColumn[]> {
  if (columns.length === 0) return [];
  const rows = await connection.query<{ place: number }>(
    `SELECT fed.place::int AS place
       FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS fed (namespace, name, attribute, place)
       JOIN pg_namespace n ON n.nspname = fed.namespace
       JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = fed.name
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND a.attname = fed.attribute
      WHERE (WITH RECURSIVE base (id) AS (
               SELECT a.atttypid UNION SELECT t.typbasetype FROM base JOIN pg_type t ON t.oid = base.id AND t.typtype = 'd')
             SELECT bool_or(id IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype, 'float8'::regtype))
               FROM base)
      ORDER BY fed.place`,
    [
      columns.map(({ namespace }) => namespace),
      columns.map(({ table }) => table),
      columns.map(({ column }) => column),
    ],
  );
  return rows.flatMap(({ place }) => columns[place - 1] ?? []);
}
