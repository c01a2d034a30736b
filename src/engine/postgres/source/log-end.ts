import type { Micros } from "../../../core/instant.ts";
import { parseLsn } from "../../../core/position.ts";
import { LogEndProbe } from "../../stream/log-end-probe.ts";
import { PostgresConnection, type PostgresAddress } from "../connection.ts";

/** Where the log ended at a time of the server's clock: whoever has read that far has read what was committed by then. */
export interface LogEnd {
  readonly lsn: bigint;
  readonly at: Micros;
}

const PAGE_HEADER = 24n;
/** Of a segment's first page. */
const LONG_PAGE_HEADER = 40n;

/**
 * Where the last record ends. What follows a full page is written behind the header of the next one, and that is what the server
 * calls its insert position; nobody has read as far as that before something follows. No record ends there: what is left of one on a
 * page has at least eight bytes. (SizeOfXLogShortPHD and SizeOfXLogLongPHD of src/include/access/xlog_internal.h)
 */
export function reachableEnd(
  insert: bigint,
  { page, segment }: { readonly page: number; readonly segment: number },
): bigint {
  const header =
    insert % BigInt(segment) < BigInt(page) ? LONG_PAGE_HEADER : PAGE_HEADER;
  return insert % BigInt(page) === header ? insert - header : insert;
}

export type PostgresLogEndProbe = LogEndProbe<PostgresConnection, LogEnd>;

export function openLogEndProbe(address: PostgresAddress): PostgresLogEndProbe {
  return new LogEndProbe({
    open: (signal) =>
      PostgresConnection.open(address, { name: "progress" }, signal),
    ask: readLogEnd,
  });
}

/**
 * The clock first: what is committed between the two ends behind a time that is not said. Where the log is written, and not how far it
 * is on disk: a commit that nobody waits for (synchronous_commit = off) has its time now and is there half a second later.
 */
async function readLogEnd(connection: PostgresConnection): Promise<LogEnd> {
  const row = await connection.queryOne<{
    readonly at: string;
    readonly lsn: string;
    readonly page: number;
    readonly segment: number;
  }>(
    `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS at,
            pg_current_wal_insert_lsn()::text AS lsn,
            current_setting('wal_block_size')::int AS page,
            (SELECT setting::int8::float8 FROM pg_settings WHERE name = 'wal_segment_size') AS segment`,
  );
  return { at: BigInt(row.at), lsn: reachableEnd(parseLsn(row.lsn), row) };
}
