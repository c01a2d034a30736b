import type { EventReader } from "./event-reader.ts";

/** The beginning of a group of events that take effect together. */
export interface GroupBegin {
  /** In the server's own spelling; undefined: the transaction has none. */
  readonly gtid:
    { readonly source: string; readonly number: number } | undefined;
  readonly committedAt: bigint;
}

const UUID_BYTES = 16;
const LOGICAL_CLOCK = 2;
/** Of the highest three bytes of a timestamp: the second one and its version are there. */
const TWO_TIMESTAMPS = 0x80_0000;

/**
 * GTID and ANONYMOUS_GTID (MySQL 8.0 on): Int8 flags · 16 bytes uuid · Int64 number · Int8 kind of clock (2) · Int64 last committed ·
 * Int64 sequence number · Int56 microseconds of the commit here, its highest bit: of the first commit, too · …
 */
export function readGtid(reader: EventReader, anonymous: boolean): GroupBegin {
  reader.skip(1);
  const source = readUuid(reader);
  const number = reader.uint64();
  if (reader.left < 24 || reader.uint8() !== LOGICAL_CLOCK)
    throw new RangeError("a transaction without the time of its commit");
  reader.skip(16);
  const low = reader.uint32();
  const high = (reader.uint16() | (reader.uint8() << 16)) & ~TWO_TIMESTAMPS;
  const committedAt = (BigInt(high) << 32n) | BigInt(low);
  return { gtid: anonymous ? undefined : { source, number }, committedAt };
}

/** As good as always that of the transaction before. */
const lastUuid = { bytes: Buffer.alloc(UUID_BYTES), text: "" };

function readUuid(reader: EventReader): string {
  if (lastUuid.text === "" || !reader.isNext(lastUuid.bytes)) {
    const bytes = reader.bytes(UUID_BYTES);
    lastUuid.bytes = Buffer.from(bytes);
    lastUuid.text = uuidText(bytes);
  } else reader.skip(UUID_BYTES);
  return lastUuid.text;
}

export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
