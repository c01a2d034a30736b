import type { Micros } from "../../../core/instant.ts";
import type { BinlogPlace } from "../../../core/position.ts";
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

/** Asks the server where its log ends, on a connection of its own: what streams tells it only when something is written. */
export class LogEndProbe implements AsyncDisposable {
  private readonly address: MysqlAddress;
  private readonly stop = new AbortController();
  private connection: MysqlConnection | undefined;
  private asking: Promise<LogEnd | undefined> | undefined;

  constructor(address: MysqlAddress) {
    this.address = address;
  }

  /** undefined when there is no answer, or none yet to the question before: a server that is gone ends the stream too, which says so. */
  async ask(): Promise<LogEnd | undefined> {
    if (this.asking !== undefined || this.stop.signal.aborted) return undefined;
    this.asking = this.query();
    try {
      return await this.asking;
    } catch {
      await this.close();
      return undefined;
    } finally {
      this.asking = undefined;
    }
  }

  private async query(): Promise<LogEnd> {
    const { signal } = this.stop;
    this.connection ??= await MysqlConnection.open(
      this.address,
      { name: "progress" },
      signal,
    );
    return await readLogEnd(this.connection, signal);
  }

  private async close(): Promise<void> {
    const { connection } = this;
    this.connection = undefined;
    await connection?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.asking?.catch(() => undefined);
    await this.close();
  }
}
