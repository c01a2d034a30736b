import type { EventReader } from "./event-reader.ts";

const COUNT_MASK = 0x0fff_ffff;

/**
 * MariaDB's GTID_LIST, at the head of a file: Int32 flags and how many · per entry: Int32 domain, Int32 server, Int64 number. What was executed
 * before the file; of a domain's servers the one that wrote last comes last.
 */
export function readGtidList(
  reader: EventReader,
): readonly { domain: number; server: number; number: number }[] {
  const count = reader.uint32() & COUNT_MASK;
  return Array.from({ length: count }, () => ({
    domain: reader.uint32(),
    server: reader.uint32(),
    number: reader.uint64(),
  }));
}
