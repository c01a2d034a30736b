import type { Micros } from "../../../core/instant.ts";
import type { BinlogPlace } from "../../../core/position.ts";
import { LogEndProbe } from "../../stream/log-end-probe.ts";
import { MysqlConnection, type MysqlAddress } from "../connection.ts";

/** Where the log ended at a time of the server's clock: whoever has read that far has read what was committed by then. */
export interface LogEnd {
  readonly place: BinlogPlace;
  readonly at: Micros;
}

const SECOND = 1_000_000n;

/**
 * The clock first: what is committed between the two ends behind a time that is not said. MariaDB's log has only the seconds of its transactions,
 * so no more is said there.
 */
export async function readLogEnd(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<LogEnd> {
  const [clock] = await connection.queryOne(
    "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS UNSIGNED)",
    signal,
  );
  const [file, offset] = await connection.queryOne(
    logStatus(connection),
    signal,
  );
  if (clock == null || file == null || offset == null)
    throw new Error("a server without a binlog");
  const now = BigInt(clock);
  return {
    place: { file, offset: Number(offset) },
    at: connection.flavour === "mysql" ? now : now - (now % SECOND),
  };
}

/** MySQL 8.2 renamed the statement, and 8.4 forgot the old name. */
function logStatus({ flavour, version }: MysqlConnection): string {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return flavour === "mysql" && (major > 8 || (major === 8 && minor >= 2))
    ? "SHOW BINARY LOG STATUS"
    : "SHOW MASTER STATUS";
}

export function openLogEndProbe(
  address: MysqlAddress,
): LogEndProbe<MysqlConnection, LogEnd> {
  return new LogEndProbe({
    open: (signal) =>
      MysqlConnection.open(address, { name: "progress" }, signal),
    ask: readLogEnd,
  });
}
