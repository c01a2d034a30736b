import { inflateRawSync, inflateSync } from "node:zlib";

/**
 * A value of a MariaDB column that is COMPRESSED, as it is stored (sql/field_comp.cc): nothing when empty · 00 and the bytes · or method 4 bits (8:
 * zlib), without zlib's frame 1 bit, bytes of the length 3 bits · the length, big-endian · the compressed bytes.
 */
export function inflateColumn(stored: Buffer): Buffer {
  const header = stored[0];
  if (header === undefined) return stored;
  if (header === 0) return stored.subarray(1);
  const lengthBytes = header & 7;
  if (header >>> 4 !== 8 || lengthBytes < 1 || lengthBytes > 4)
    throw new RangeError(`a value compressed by method ${header >>> 4}`);
  const size = stored.readUIntBE(1, lengthBytes);
  const body = stored.subarray(1 + lengthBytes);
  const inflate = (header & 8) === 0 ? inflateSync : inflateRawSync;
  const value = inflate(body, { maxOutputLength: Math.max(size, 1) });
  if (value.length !== size)
    throw new RangeError("a compressed value of another length than it says");
  return value;
}
