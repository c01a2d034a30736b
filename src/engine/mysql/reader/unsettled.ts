import { hasCode, TidemarkError } from "../../../core/errors.ts";
import { MysqlConnection, type MysqlAddress } from "../connection.ts";

/** Sessions that hold nobody up. */
const QUIET = ["Sleep", "Daemon", "Binlog Dump", "Binlog Dump GTID"];

/** With the names of those who were waited for, as far as this user is shown them. */
export async function unsettled(
  request: { readonly address: MysqlAddress; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<TidemarkError> {
  await using connection = await MysqlConnection.open(
    request.address,
    { name: "base" },
    signal,
  );
  const who = [
    ...(await listStatements(connection, signal)),
    ...(await listTransactions(connection, signal)),
  ];
  return new TidemarkError(
    "BASE_UNSETTLED",
    `no snapshot within ${request.timeoutMs / 1000} s: writers would have had to wait for statements that do not end` +
      (who.length > 0 ? `: ${who.slice(0, 5).join(", ")}` : ""),
    { hint: "end those, or try again when they have ended" },
  );
}

async function listStatements(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const rows = await connection.query("SHOW PROCESSLIST", signal);
  return rows
    .filter(
      ([id, , , , command]) =>
        id !== connection.id && !QUIET.includes(command ?? ""),
    )
    .sort((a, b) => Number(b[5]) - Number(a[5]))
    .map(
      ([id, user, , , command, seconds]) =>
        `session ${id} (${user}, ${command} for ${seconds} s)`,
    );
}

async function listTransactions(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const rows = await connection.query(
      `SELECT trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, trx_started, NOW()) FROM information_schema.innodb_trx
        WHERE trx_rows_modified > 0 ORDER BY trx_started`,
      signal,
    );
    return rows.map(
      ([id, age]) => `session ${id} (writing transaction, ${age} s old)`,
    );
  } catch (error) {
    // Who may not see the transactions of others is told of the statements alone.
    if (!hasCode(error, "RIGHT_MISSING")) throw error;
    return [];
  }
}
