import type { MysqlConnection } from "../connection.ts";
import { quoteQualified } from "../quote.ts";

/** Statistics for the planner. Returns why some of them could not be made. */
export async function analyzeTables(
  connection: MysqlConnection,
  tables: readonly { readonly schema: string; readonly name: string }[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const { schema, name } of tables) {
    const rows = await connection.query(
      `ANALYZE TABLE ${quoteQualified(schema, name)}`,
      signal,
    );
    // Table, operation, kind of message, message.
    for (const [, , kind, message] of rows) {
      if (kind?.toLowerCase() === "error")
        failures.push(
          `planner statistics of ${schema}.${name}: ${message ?? ""}`,
        );
    }
  }
  return failures;
}
