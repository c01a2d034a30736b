import type { BinlogPosition } from "../../../core/position.ts";
import { TidemarkError } from "../../../core/errors.ts";
import type { MysqlConnection } from "../connection.ts";
import type { PacketRun } from "../packet-run.ts";
import { quoteLiteral } from "../quote.ts";
import { dumpAfter, dumpFrom } from "./dump-request.ts";

export interface DumpStart {
  readonly after: BinlogPosition;
  /** Whether the server is to find by its GTIDs what comes after. */
  readonly byGtids: boolean;
  readonly serverId: number;
  /** Where the server is, for messages. */
  readonly where: string;
}

/** An idle server says so often that it is still there. */
const HEARTBEAT_MS = 1_000;
/** One that says nothing for so long is not. */
const SILENCE_MS = 60_000;

/** Offset in its file that a request of 32 bits can name. */
const MOST_OFFSET = 2 ** 32 - 1;

/**
 * The packets of a dump, from a position on, as the server sends them: each Int8 0 · event. Ends only with an error. `connection` is used for
 * nothing else afterwards.
 */
export async function* dumpStream(
  connection: MysqlConnection,
  start: DumpStart,
  signal: AbortSignal,
): AsyncGenerator<PacketRun, void> {
  await connection.run(`SET ${variables(connection, start)}`, signal);
  const stream = connection.stream(request(connection, start), signal);
  for (;;) {
    const packets = await listen(stream, connection, start.where);
    yield packets;
  }
}

/** Its patience is for a server that we wait for: a reader that is slow hears nothing either. */
async function listen(
  stream: AsyncGenerator<PacketRun, void>,
  connection: MysqlConnection,
  where: string,
): Promise<PacketRun> {
  let isSilent = false;
  const timer = setTimeout(() => {
    isSilent = true;
    connection.destroy();
  }, SILENCE_MS);
  try {
    const next = await stream.next();
    if (next.done !== true) return next.value;
  } catch (error) {
    if (!isSilent) throw error;
  } finally {
    clearTimeout(timer);
  }
  throw unreachable(where, isSilent ? "has fallen silent" : "ended its log");
}

const ANYWHERE = { file: "", offset: 4 };

function request({ flavour }: MysqlConnection, start: DumpStart): Buffer {
  const { after, byGtids, serverId, where } = start;
  if (byGtids) {
    return flavour === "mariadb"
      ? dumpFrom(ANYWHERE, serverId)
      : dumpAfter(after.gtids ?? "", serverId);
  }
  const place = after.undecided ?? after;
  if (place.offset <= MOST_OFFSET) return dumpFrom(place, serverId);
  throw new TidemarkError(
    "SOURCE_UNREADABLE",
    `${where}: ${place.file} cannot be read from byte ${place.offset} on: a request names at most ${MOST_OFFSET}`,
    { hint: "with GTIDs the server finds the place itself: gtid_mode = ON" },
  );
}

/** User variables by which a replica says what it understands; each family has its own names, and later versions further ones. */
function variables(
  { flavour }: MysqlConnection,
  { after, byGtids }: DumpStart,
): string {
  const heartbeat = HEARTBEAT_MS * 1_000_000;
  const common = [
    "@master_binlog_checksum = 'CRC32'",
    "@source_binlog_checksum = 'CRC32'",
    `@master_heartbeat_period = ${heartbeat}`,
    `@source_heartbeat_period = ${heartbeat}`,
  ];
  if (flavour === "mysql") return common.join(", ");
  const seek = byGtids
    ? [
        `@slave_connect_state = ${quoteLiteral(after.gtids ?? "")}`,
        "@slave_gtid_strict_mode = 1",
        "@slave_gtid_ignore_duplicates = 0",
      ]
    : [];
  // 4: GTIDs, and events of every kind as they are.
  return [...common, "@mariadb_slave_capability = 4", ...seek].join(", ");
}

function unreachable(where: string, what: string): TidemarkError {
  return new TidemarkError(
    "SERVER_UNREACHABLE",
    `${where}: the server ${what}`,
    { hint: "it is tried again" },
  );
}
