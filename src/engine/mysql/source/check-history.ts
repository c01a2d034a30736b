import { TidemarkError } from "../../../core/errors.ts";
import {
  compareBinlogPlaces,
  formatPosition,
  type BinlogPlace,
  type BinlogPosition,
} from "../../../core/position.ts";
import {
  describeAddress,
  type MysqlAddress,
  type MysqlConnection,
} from "../connection.ts";
import { quoteLiteral } from "../quote.ts";

/** How what comes after a position is to be asked for. */
export interface Continuation {
  readonly byGtids: boolean;
}

const ANOTHER =
  "the source was restored, failed over or replaced, or its log was reset: its history is not the archived one";
const RELEASED =
  "what is archived stays restorable; a longer binlog_expire_logs_seconds keeps this from happening again, and a new history begins with `tidemark rebase`";

/** Whether the server still has what comes after `after`, and had what was before. Throws HISTORY_LOST, SOURCE_DIVERGED. */
export async function checkHistory(
  connection: MysqlConnection,
  {
    address,
    after,
  }: { readonly address: MysqlAddress; readonly after: BinlogPosition },
  signal: AbortSignal,
): Promise<Continuation> {
  const check = { connection, after, where: describeAddress(address) };
  if (after.gtids !== undefined) {
    if (connection.flavour === "mariadb") await checkMariadb(check, signal);
    else if (await numbersTransactions(connection, signal))
      await checkMysql(check, signal);
    else {
      await checkFiles(check, signal);
      return { byGtids: false };
    }
  }
  // Of nothing MariaDB sends what it has, and does not say that it had more.
  const isNothing = connection.flavour === "mariadb" && after.gtids === "";
  const byGtids =
    after.gtids !== undefined && !isNothing && after.undecided === undefined;
  if (!byGtids) await checkFiles(check, signal);
  return { byGtids };
}

interface Check {
  readonly connection: MysqlConnection;
  readonly after: BinlogPosition;
  readonly where: string;
}

/** In every other mode the log may have transactions without a GTID, which a server that seeks by them does not send. */
async function numbersTransactions(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<boolean> {
  const [mode] = await connection.queryOne("SELECT @@GLOBAL.gtid_mode", signal);
  return mode === "ON";
}

async function checkMysql(
  { connection, after, where }: Check,
  signal: AbortSignal,
): Promise<void> {
  const ours = quoteLiteral(after.gtids ?? "");
  const [unknown, lost] = await connection.queryOne(
    `SELECT GTID_SUBTRACT(${ours}, @@GLOBAL.gtid_executed), GTID_SUBTRACT(@@GLOBAL.gtid_purged, ${ours})`,
    signal,
  );
  if (unknown !== "") throw diverged(where, `it never executed ${unknown}`);
  if (lost !== "")
    throw released(where, `it has purged the transactions ${lost}`, after);
}

/** Each server's newest in each domain. */
async function checkMariadb(
  { connection, after, where }: Check,
  signal: AbortSignal,
): Promise<void> {
  const [state] = await connection.queryOne(
    "SELECT @@GLOBAL.gtid_binlog_state",
    signal,
  );
  const executed = (state ?? "").split(",").map(splitGtid);
  for (const ours of (after.gtids ?? "").split(",")) {
    if (ours === "") continue;
    const [domain, server, number = 0] = splitGtid(ours);
    const isKnown = executed.some(
      (each) =>
        each[0] === domain && each[1] === server && (each[2] ?? 0) >= number,
    );
    if (!isKnown) throw diverged(where, `it never executed ${ours}`);
  }
}

function splitGtid(text: string): readonly number[] {
  return text.split("-").map(Number);
}

async function checkFiles(
  { connection, after, where }: Check,
  signal: AbortSignal,
): Promise<void> {
  const rows = await connection.query("SHOW BINARY LOGS", signal);
  const files = rows.map(([file, size]) => ({
    file: file ?? "",
    offset: Number(size),
  }));
  const needed: BinlogPlace = after.undecided ?? after;
  for (const place of [needed, after]) {
    const file = files.find((each) => each.file === place.file);
    if (file !== undefined && place.offset <= file.offset) continue;
    if (file !== undefined)
      throw diverged(
        where,
        `${file.file} has ${file.offset} bytes, the archive knows it up to byte ${place.offset}`,
      );
    const [first] = files;
    if (first !== undefined && compareBinlogPlaces(place, first) < 0)
      throw released(where, `${place.file} is purged`, after);
    throw diverged(where, `it has no ${place.file}`);
  }
}

function diverged(where: string, what: string): TidemarkError {
  return new TidemarkError("SOURCE_DIVERGED", `${where}: ${what}`, {
    hint: ANOTHER,
  });
}

function released(
  where: string,
  what: string,
  after: BinlogPosition,
): TidemarkError {
  return new TidemarkError(
    "HISTORY_LOST",
    `${where}: ${what}, and the archive needs the log from ${formatPosition(after)} on`,
    { hint: RELEASED },
  );
}
