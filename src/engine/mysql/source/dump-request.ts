import type { BinlogPlace } from "../../../core/position.ts";

const COM_BINLOG_DUMP = 0x12;
const COM_BINLOG_DUMP_GTID = 0x1e;

/**
 * The second flag of both: MariaDB sends the statements of rows (BINLOG_SEND_ANNOTATE_ROWS_EVENT), MySQL a heartbeat that has the whole
 * place (USE_HEARTBEAT_EVENT_V2).
 */
const FLAGS = 2;
/** Seeks by the set of GTIDs. */
const THROUGH_GTID = 4;

/** Int8 0x12 · Int32 offset · Int16 flags · Int32 server id · name of the file. Offsets beyond 32 bits cannot be asked for. */
export function dumpFrom(place: BinlogPlace, serverId: number): Buffer {
  const file = Buffer.from(place.file, "utf8");
  const request = Buffer.alloc(11);
  request.writeUInt8(COM_BINLOG_DUMP, 0);
  request.writeUInt32LE(place.offset, 1);
  request.writeUInt16LE(FLAGS, 5);
  request.writeUInt32LE(serverId, 7);
  return Buffer.concat([request, file]);
}

/** Int8 0x1e · Int16 flags · Int32 server id · Int32 size of the file's name (0) · Int64 offset (4) · Int32 size of the set · set. */
export function dumpAfter(gtids: string, serverId: number): Buffer {
  const set = encodeGtids(gtids);
  const request = Buffer.alloc(23);
  request.writeUInt8(COM_BINLOG_DUMP_GTID, 0);
  request.writeUInt16LE(FLAGS | THROUGH_GTID, 1);
  request.writeUInt32LE(serverId, 3);
  request.writeUInt32LE(0, 7);
  request.writeBigUInt64LE(4n, 11);
  request.writeUInt32LE(set.length, 19);
  return Buffer.concat([request, set]);
}

const TAGGED = 1;

/** The encoding that events/previous-gtids.ts describes. `gtids` is as GtidSet prints it. */
export function encodeGtids(gtids: string): Buffer {
  const sources = new Map<string, string[]>();
  for (const entry of gtids.split(",")) {
    if (entry === "") continue;
    const [uuid = "", ...rest] = entry.split(":");
    let source = uuid;
    for (const piece of rest) {
      if (/^[0-9]/.test(piece)) {
        const intervals = sources.get(source) ?? [];
        sources.set(source, [...intervals, piece]);
      } else source = `${uuid}:${piece}`;
    }
  }
  const isTagged = [...sources.keys()].some((source) => source.includes(":"));
  const pieces = [...sources]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([source, intervals]) => encodeSource(source, intervals, isTagged));
  const count = BigInt(sources.size);
  return Buffer.concat([
    int64(
      isTagged
        ? (BigInt(TAGGED) << 56n) | (count << 8n) | BigInt(TAGGED)
        : count,
    ),
    ...pieces,
  ]);
}

function encodeSource(
  source: string,
  intervals: readonly string[],
  isTagged: boolean,
): Buffer {
  const [uuid = "", tag = ""] = source.split(":");
  return Buffer.concat([
    Buffer.from(uuid.replaceAll("-", ""), "hex"),
    // Lengths below 128 take one byte there, doubled.
    ...(isTagged
      ? [Buffer.of(2 * tag.length), Buffer.from(tag, "latin1")]
      : []),
    int64(BigInt(intervals.length)),
    ...intervals.flatMap((interval) => {
      const [first = "", last = first] = interval.split("-");
      return [int64(BigInt(first)), int64(BigInt(last) + 1n)];
    }),
  ]);
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
