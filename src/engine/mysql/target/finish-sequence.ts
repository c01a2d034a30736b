import type { SequenceValue } from "../../restore-target.ts";
import type { MysqlConnection } from "../connection.ts";
import { quoteIdentifier, quoteLiteral, quoteQualified } from "../quote.ts";

/**
 * Never behind the reading given, nor behind any number in the columns that it feeds. Of AUTO_INCREMENT the server itself sees to the
 * rows: it sets no counter behind one. The session is in no schema.
 */
export async function finishSequence(
  connection: MysqlConnection,
  of: { readonly sequence: SequenceValue; readonly schema: string },
  signal: AbortSignal,
): Promise<void> {
  const { sequence, schema } = of;
  const name = quoteQualified(schema, sequence.name);
  const [type] = await connection.queryOne(
    `SELECT table_type FROM information_schema.tables
      WHERE table_schema = ${quoteLiteral(schema)} AND table_name = ${quoteLiteral(sequence.name)}`,
    signal,
  );
  const last = BigInt(sequence.lastValue);
  if (type !== "SEQUENCE") {
    const next = sequence.isCalled ? last + 1n : last;
    await connection.run(
      `ALTER TABLE ${name} AUTO_INCREMENT = ${next}`,
      signal,
    );
    return;
  }
  await setForward(
    connection,
    { name, value: last, isUsed: sequence.isCalled },
    signal,
  );
  const furthest = sequence.increment.startsWith("-") ? "MIN" : "MAX";
  for (const { table, column } of sequence.columns) {
    const value = quoteIdentifier(column);
    const [found] = await connection.queryOne(
      `SELECT ${furthest}(${value}) FROM ${quoteQualified(schema, table)}
        WHERE ${value} BETWEEN (SELECT minimum_value FROM ${name}) AND (SELECT maximum_value FROM ${name})`,
      signal,
    );
    if (found != null && /^-?\d+$/.test(found))
      await setForward(
        connection,
        { name, value: BigInt(found), isUsed: true },
        signal,
      );
  }
}

/** SETVAL sets no sequence back. */
async function setForward(
  connection: MysqlConnection,
  to: {
    readonly name: string;
    readonly value: bigint;
    readonly isUsed: boolean;
  },
  signal: AbortSignal,
): Promise<void> {
  await connection.query(
    `SELECT SETVAL(${to.name}, ${to.value}, ${to.isUsed ? 1 : 0})`,
    signal,
  );
}
