import type { TableFilter } from "../../../core/shape.ts";
import type { MysqlConnection } from "../connection.ts";
import { quoteQualified } from "../quote.ts";
import { OTHER_SCHEMAS } from "./table-facts.ts";

export interface SequenceReading {
  readonly namespace: string;
  readonly name: string;
  /** The last number that may have been given out. */
  readonly lastValue: string;
}

/** AUTO_INCREMENT counters that have given out a number, and MariaDB's sequences. */
export async function readSequenceValues(
  connection: MysqlConnection,
  includes: TableFilter,
  signal: AbortSignal,
): Promise<readonly SequenceReading[]> {
  const rows = await connection.query(
    `SELECT table_schema, table_name, table_type, auto_increment - 1 FROM information_schema.tables
      WHERE table_schema NOT IN (${OTHER_SCHEMAS}) AND (auto_increment > 1 OR table_type = 'SEQUENCE')`,
    signal,
  );
  const readings: SequenceReading[] = [];
  for (const [namespace, name, type, counter] of rows) {
    if (namespace == null || name == null || !includes(namespace, name))
      continue;
    const lastValue =
      type === "SEQUENCE"
        ? await lastOf(connection, quoteQualified(namespace, name), signal)
        : counter;
    if (lastValue != null) readings.push({ namespace, name, lastValue });
  }
  return readings;
}

/** What sessions have put aside counts as given out. */
async function lastOf(
  connection: MysqlConnection,
  sequence: string,
  signal: AbortSignal,
): Promise<string | null | undefined> {
  const [row] = await connection.query(
    `SELECT CAST(next_not_cached_value AS DECIMAL(30)) - increment FROM ${sequence} WHERE next_not_cached_value <> start_value`,
    signal,
  );
  return row?.[0];
}
