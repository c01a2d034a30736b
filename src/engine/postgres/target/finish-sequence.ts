import type { SequenceValue } from "../../restore-target.ts";
import type { PostgresConnection } from "../connection.ts";
import { quoteIdentifier, quoteLiteral } from "../quote.ts";

/** Never behind the reading given, nor behind any value in the columns that it feeds: nextval must not repeat one. */
export async function finishSequence(
  connection: PostgresConnection,
  sequence: SequenceValue,
): Promise<void> {
  const name = `${quoteIdentifier(sequence.namespace)}.${quoteIdentifier(sequence.name)}`;
  const rising = !sequence.increment.startsWith("-");
  const readings = sequence.columns.map(
    ({ namespace, table, column }) =>
      `SELECT ${rising ? "max" : "min"}(${quoteIdentifier(column)})::numeric AS v FROM ONLY ${quoteIdentifier(namespace)}.${quoteIdentifier(table)}`,
  );
  const last = `${quoteLiteral(sequence.lastValue)}::numeric`;
  const values = [
    ...readings,
    `SELECT ${sequence.isCalled ? last : "NULL::numeric"}`,
  ].join(" UNION ALL ");
  await connection.query(
    `SELECT CASE WHEN v IS NULL THEN setval(${quoteLiteral(name)}, ${last}::int8, false)
                 ELSE setval(${quoteLiteral(name)}, v::int8, true) END
       FROM (SELECT ${rising ? "max" : "min"}(v) AS v FROM (${values}) AS readings (v)) AS furthest`,
  );
}
