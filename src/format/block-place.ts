import { AvroReader } from "./avro-reader.ts";
import { damaged } from "./damage.ts";

/** Two longs at the most: how many records, and how long its frame. */
export const BLOCK_HEADER_BYTES = 20;

export interface BlockPlace {
  readonly offset: number;
  readonly records: number;
  readonly frameFrom: number;
  readonly frameTo: number;
}

/** The head of the block at `offset` of a container. Throws ARCHIVE_DAMAGED. */
export function readBlockPlace(
  bytes: Buffer,
  at: { readonly name: string; readonly offset: number },
): BlockPlace {
  const reader = new AvroReader(bytes);
  try {
    const records = reader.readLong();
    const size = reader.readLong();
    if (records < 0 || size < 0) throw new RangeError("a size is negative");
    const frameFrom = at.offset + reader.offset;
    const frameTo = frameFrom + size;
    return { offset: at.offset, records, frameFrom, frameTo };
  } catch (cause) {
    throw damaged(at, "the head of its block", cause);
  }
}
