import { TidemarkError } from "../../../core/errors.ts";
import { GtidSet } from "../../../core/gtid-set.ts";
import type { BinlogPosition } from "../../../core/position.ts";
import type { MysqlConnection } from "../connection.ts";
import { serverErrno } from "../errors.ts";
import { quoteLiteral } from "../quote.ts";

/** ER_PARSE_ERROR: what SHOW BINARY LOG STATUS is to MySQL before 8.2 and to MariaDB. */
const UNKNOWN_STATEMENT = 1064;

/**
 * The end of the binlog and what was executed as of it. The two are of one moment only while nothing commits. Which XA transactions are
 * undecided is not in it: a base is read beside a stream that began before, and knows them.
 */
export async function readPosition(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<BinlogPosition> {
  const [status] = await readStatus(connection, signal);
  const [file, offset, , , executed] = status ?? [];
  if (file == null || offset == null) throw noBinlog();
  const place = { kind: "binlog", file, offset: Number(offset) } as const;
  if (connection.flavour === "mariadb")
    return await mariadbPosition(connection, place, signal);
  return { ...place, gtids: gtidText(executed), undecided: undefined };
}

/**
 * MariaDB: where the snapshot of this session's own transaction stands in the binlog, which it knows without any lock. Undefined when
 * the server does not write one.
 */
export async function readSnapshotPosition(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<BinlogPosition> {
  const rows = await connection.query(
    "SHOW STATUS LIKE 'binlog_snapshot_%'",
    signal,
  );
  const status = new Map(
    rows.map(([name, value]) => [name?.toLowerCase(), value ?? ""]),
  );
  const file = status.get("binlog_snapshot_file") ?? "";
  if (file === "") throw noBinlog();
  const offset = Number(status.get("binlog_snapshot_position"));
  return await mariadbPosition(
    connection,
    { kind: "binlog", file, offset },
    signal,
  );
}

async function mariadbPosition(
  connection: MysqlConnection,
  place: Pick<BinlogPosition, "kind" | "file" | "offset">,
  signal: AbortSignal,
): Promise<BinlogPosition> {
  const [executed] = await connection.queryOne(
    `SELECT BINLOG_GTID_POS(${quoteLiteral(place.file)}, ${place.offset})`,
    signal,
  );
  return { ...place, gtids: gtidText(executed), undecided: undefined };
}

async function readStatus(connection: MysqlConnection, signal: AbortSignal) {
  try {
    return await connection.query("SHOW BINARY LOG STATUS", signal);
  } catch (error) {
    if (serverErrno(error) !== UNKNOWN_STATEMENT) throw error;
    return await connection.query("SHOW MASTER STATUS", signal);
  }
}

function gtidText(executed: string | null | undefined): string | undefined {
  return executed == null || executed === ""
    ? undefined
    : GtidSet.parse(executed).toString();
}

function noBinlog(): TidemarkError {
  return new TidemarkError(
    "SOURCE_NOT_PREPARED",
    "the server writes no binlog",
    {
      hint: "start it with log_bin and binlog_format=ROW",
    },
  );
}
