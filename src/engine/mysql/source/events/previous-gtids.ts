import { uuidText } from "./gtid.ts";
import type { EventReader } from "./event-reader.ts";

const TAGGED = 1;

/**
 * PREVIOUS_GTIDS, at the head of a file: what was executed before it, in the encoding of a set of GTIDs. Int64 number of sources; with tags
 * its first and last byte are 1 and the number lies between · per source: 16 bytes uuid · with tags: length of the tag (a number of
 * the server's serialization), tag · Int64 number of intervals · per interval: Int64 first, Int64 the one behind the last
 * (sql/rpl_gtid_set.cc, Gtid_set::encode). Text as GtidSet.parse takes it.
 */
export function readPreviousGtids(reader: EventReader): string {
  const count = reader.bytes(8);
  const tagged = count[7] === TAGGED;
  if (!tagged && count[7] !== 0)
    throw new RangeError(`a set of GTIDs of the unknown kind ${count[7]}`);
  const sources = tagged ? count.readUIntLE(1, 6) : count.readUIntLE(0, 6);
  const entries: string[] = [];
  for (let n = 0; n < sources; n++) {
    let source = uuidText(reader.bytes(16));
    // At most 32 characters: one byte, doubled.
    const tagBytes = tagged ? reader.uint8() >> 1 : 0;
    if (tagBytes > 0) source += `:${reader.latin1(tagBytes)}`;
    for (let left = reader.uint64(); left > 0; left--)
      entries.push(`${source}:${reader.uint64()}-${reader.uint64() - 1}`);
  }
  return entries.join(",");
}
