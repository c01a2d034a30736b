import {
  compareBinlogPlaces,
  type BinlogPlace,
} from "../../../core/position.ts";
import { MysqlConnection, type MysqlAddress } from "../connection.ts";
import { quoteLiteral } from "../quote.ts";
import { readXaStatement, type XaStatement } from "./xa-statement.ts";

/** A server may keep its log from writers while it shows events of it: so it shows no more than these at once. */
const EVENTS_AT_ONCE = 2_000;

/** What the log says last of an XA transaction before a place; undefined: nothing that is still there. */
export type ReadEarlierXa = (
  xid: string,
  before: BinlogPlace,
) => Promise<XaStatement["verb"] | undefined>;

/** Opens a connection per question: it is asked after a crash of the server at most. Throws SERVER_UNREACHABLE. */
export function earlierXa(
  address: MysqlAddress,
  signal: AbortSignal,
): ReadEarlierXa {
  return async (xid, before) => {
    const use = { name: "earlier" };
    await using connection = await MysqlConnection.open(address, use, signal);
    const logs = await connection.query("SHOW BINARY LOGS", signal);
    const files = logs
      .map(([file]) => file ?? "")
      .filter((file) => compareBinlogPlaces({ file, offset: 0 }, before) < 0);
    for (const file of files.reverse()) {
      let last: XaStatement["verb"] | undefined;
      for await (const { offset, text } of events(connection, file, signal)) {
        if (compareBinlogPlaces({ file, offset }, before) >= 0) break;
        if (!text.includes(xid)) continue;
        const statement = readXaStatement(text);
        if (statement?.xid === xid) last = statement.verb;
      }
      if (last !== undefined) return last;
    }
    return undefined;
  };
}

async function* events(
  connection: MysqlConnection,
  file: string,
  signal: AbortSignal,
): AsyncGenerator<{ readonly offset: number; readonly text: string }> {
  let from = 4;
  for (;;) {
    const rows = await connection.query(
      `SHOW BINLOG EVENTS IN ${quoteLiteral(file)} FROM ${from} LIMIT ${EVENTS_AT_ONCE}`,
      signal,
    );
    // Log_name, Pos, Event_type, Server_id, End_log_pos, Info
    for (const [, offset, , , , text] of rows)
      yield { offset: Number(offset), text: text ?? "" };
    if (rows.length < EVENTS_AT_ONCE) return;
    from = Number(rows.at(-1)?.[4]);
  }
}
