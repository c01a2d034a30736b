import type { BinlogPlace, BinlogPosition } from "../../../core/position.ts";
import type { MysqlConnection } from "../connection.ts";
import { quoteLiteral } from "../quote.ts";

/** Before the first event of a file. */
const BEGINNING = 4;

export interface BinlogFile {
  readonly file: string;
  readonly bytes: number;
}

/** The binlog's files, the oldest first. */
export async function readBinlogFiles(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<readonly BinlogFile[]> {
  const rows = await connection.query("SHOW BINARY LOGS", signal);
  return rows.map(([file, bytes]) => ({
    file: file ?? "",
    bytes: Number(bytes),
  }));
}

/**
 * The end of the log. What was executed is read first: as all of it has been written, everything in it ends at or before the place.
 */
export async function readCurrentPosition(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<BinlogPosition> {
  const gtids = await readExecutedGtids(connection, signal);
  const place = await readEnd(connection, signal);
  return { kind: "binlog", ...place, gtids, undecided: undefined };
}

/** Of a file, and what was executed before it: exactly, because the file says so itself. */
export async function readBeginning(
  connection: MysqlConnection,
  file: string,
  signal: AbortSignal,
): Promise<BinlogPosition> {
  const gtids = (await numbersTransactions(connection, signal))
    ? await readGtidsBefore(connection, file, signal)
    : undefined;
  return {
    kind: "binlog",
    ...{ file, offset: BEGINNING, gtids, undecided: undefined },
  };
}

export async function readExecutedGtids(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!(await numbersTransactions(connection, signal))) return undefined;
  const [set] = await connection.queryOne(
    connection.flavour === "mysql"
      ? "SELECT @@global.gtid_executed"
      : "SELECT @@global.gtid_binlog_pos",
    signal,
  );
  return (set ?? "").replace(/\s/g, "");
}

async function readEnd(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<BinlogPlace> {
  const [row] = await connection.query(statusStatement(connection), signal);
  return { file: row?.[0] ?? "", offset: Number(row?.[1]) };
}

/** The word was another one before 8.4, and is in MariaDB. */
export function statusStatement(connection: MysqlConnection): string {
  const [major = 0, minor = 0] = connection.version.split(".").map(Number);
  return connection.flavour === "mysql" && (major > 8 || minor >= 4)
    ? "SHOW BINARY LOG STATUS"
    : "SHOW MASTER STATUS";
}

async function numbersTransactions(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<boolean> {
  if (connection.flavour === "mariadb") return true;
  const [mode] = await connection.queryOne("SELECT @@global.gtid_mode", signal);
  return mode === "ON";
}

async function readGtidsBefore(
  connection: MysqlConnection,
  file: string,
  signal: AbortSignal,
): Promise<string> {
  const name = quoteLiteral(file);
  if (connection.flavour === "mariadb") {
    const [set] = await connection.queryOne(
      `SELECT BINLOG_GTID_POS(${name}, ${BEGINNING})`,
      signal,
    );
    return set ?? "";
  }
  const events = await connection.query(
    `SHOW BINLOG EVENTS IN ${name} LIMIT 5`,
    signal,
  );
  const previous = events.find(([, , type]) => type === "Previous_gtids");
  if (previous === undefined)
    throw new RangeError(`${file} does not say what was executed before it`);
  return (previous[5] ?? "").replace(/\s/g, "");
}
