import type { ShapeId } from "../core/shape.ts";
import type { AvroReader } from "./avro-reader.ts";
import { HASH_BYTES } from "./rolling-hash.ts";

/*
 * Ids of shapes are few, and one comes with every table of every transaction: a call into native code for each of their texts would cost more
 * than what else is said of the table.
 */

/** More than that are forgotten. */
const MOST = 20_000;

const bytesOf = new Map<ShapeId, Buffer>();
/** By the first four bytes; of several with the same the last. */
const known = new Map<
  number,
  { readonly bytes: Buffer; readonly id: ShapeId }
>();

/** The id's 16 bytes, not to be changed. */
export function shapeIdBytes(id: ShapeId): Buffer {
  const bytes = bytesOf.get(id);
  if (bytes !== undefined) return bytes;
  const made = Buffer.from(id, "hex");
  if (made.length !== HASH_BYTES)
    throw new RangeError(`"${id}" is not the id of a shape`);
  if (bytesOf.size >= MOST) bytesOf.clear();
  bytesOf.set(id, made);
  return made;
}

export function readShapeId(reader: AvroReader): ShapeId {
  const from = reader.skip(HASH_BYTES);
  const { buffer } = reader;
  const start = buffer.readInt32LE(from);
  const found = known.get(start);
  if (found !== undefined && isAt(buffer, from, found.bytes)) return found.id;
  const bytes = Buffer.from(buffer.subarray(from, from + HASH_BYTES));
  const id = bytes.toString("hex");
  if (known.size >= MOST) known.clear();
  known.set(start, { bytes, id });
  return id;
}

function isAt(buffer: Buffer, from: number, bytes: Buffer): boolean {
  for (let at = 0; at < HASH_BYTES; at++)
    if (buffer[from + at] !== bytes[at]) return false;
  return true;
}
