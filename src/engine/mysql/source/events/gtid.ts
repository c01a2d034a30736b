import type { EventReader } from "./event-reader.ts";

/** The beginning of a group of events that take effect together. */
export interface GroupBegin {
  /** In the server's own spelling; undefined: the transaction has none. */
  readonly gtid:
    { readonly source: string; readonly number: number } | undefined;
  readonly committedAt: bigint;
}

const LOGICAL_CLOCK = 2;
/** The second timestamp and the second version are there. */
const TWO_TIMESTAMPS = 0x80_0000_0000_0000n;

/**
 * GTID and ANONYMOUS_GTID (MySQL 8.0 on): Int8 flags · 16 bytes uuid · Int64 number · Int8 kind of clock (2) · Int64 last committed ·
 * Int64 sequence number · Int56 microseconds of the commit here, its highest bit: of the first commit, too · …
 */
export function readGtid(reader: EventReader, anonymous: boolean): GroupBegin {
  reader.skip(1);
  const source = uuidText(reader.bytes(16));
  const number = reader.uint64();
  if (reader.left < 24 || reader.uint8() !== LOGICAL_CLOCK)
    throw new RangeError("a transaction without the time of its commit");
  reader.skip(16);
  const low = BigInt(reader.uint32());
  const high = BigInt(reader.uint16()) | (BigInt(reader.uint8()) << 16n);
  const committedAt = ((high << 32n) | low) & ~TWO_TIMESTAMPS;
  return { gtid: anonymous ? undefined : { source, number }, committedAt };
}

export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
