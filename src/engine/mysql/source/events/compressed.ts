import { inflateSync } from "node:zlib";

const ZLIB = 0;
/** What a server takes for one event. */
const MAX_BYTES = 2 ** 30;

/**
 * MariaDB's compressed content (log_bin_compress): Int8 with 0x80, the algorithm in bits 4 to 6 and the size of the length in bits 0 to 2 · length,
 * big-endian · zlib stream. It is one event's, so it is no larger than an event may be.
 */
export function readCompressed(compressed: Buffer): Buffer {
  const head = compressed.readUInt8(0);
  const algorithm = (head & 0x70) >> 4;
  const lengthBytes = head & 0x07;
  if (algorithm !== ZLIB || lengthBytes < 1 || lengthBytes > 4)
    throw new RangeError(`an event compressed in the unknown way ${head}`);
  const size = compressed.readUIntBE(1, lengthBytes);
  if (size > MAX_BYTES)
    throw new RangeError(`a compressed event of ${size} bytes`);
  let content: Buffer;
  try {
    content = inflateSync(compressed.subarray(1 + lengthBytes), {
      maxOutputLength: size + 1,
    });
  } catch (cause) {
    throw new RangeError("a compressed event that does not decompress", {
      cause,
    });
  }
  if (content.length !== size)
    throw new RangeError("a compressed event of another size than it says");
  return content;
}
