import { crc32 } from "node:zlib";
import { HEADER_BYTES } from "./events/event-reader.ts";
import {
  FORMAT_DESCRIPTION,
  IN_USE_FLAG,
  ROTATE,
} from "./events/event-type.ts";
import { shortCrc32 } from "./short-crc32.ts";

const CHECKSUM_BYTES = 4;
/** From here on native code is quicker. */
const LONG_BYTES = 256;
const FLAGS_AT = 17;
const LOG_POS_AT = 13;
/** Of a FORMAT_DESCRIPTION: the algorithm stands before the checksum. */
const NO_CHECKSUM = 0;

/**
 * How many bytes of checksum the event ends in, which are verified. Hot.
 */
export function trailingBytes(
  buffer: Buffer,
  { start, end }: { readonly start: number; readonly end: number },
  hasChecksums: boolean,
): number {
  if (end - start < HEADER_BYTES)
    throw new RangeError(`an event of ${end - start} bytes`);
  const type = buffer[start + 4];
  if (type === FORMAT_DESCRIPTION) {
    if (buffer[end - CHECKSUM_BYTES - 1] !== NO_CHECKSUM)
      verifyDescription(buffer, start, end);
    return CHECKSUM_BYTES;
  }
  if (type === ROTATE && buffer.readUInt32LE(start + LOG_POS_AT) === 0) {
    // It comes before the description of the file whose rules it follows. A name that is cut short is none, so no guess goes unseen.
    return isIntact(buffer, start, end) ? CHECKSUM_BYTES : 0;
  }
  if (!hasChecksums) return 0;
  if (!isIntact(buffer, start, end)) throw damaged(buffer, start);
  return CHECKSUM_BYTES;
}

function isIntact(buffer: Buffer, start: number, end: number): boolean {
  const content = end - CHECKSUM_BYTES;
  if (content <= start) return false;
  const sum =
    content - start < LONG_BYTES
      ? shortCrc32(buffer, start, content)
      : crc32(buffer.subarray(start, content)) | 0;
  return sum === buffer.readInt32LE(content);
}

/** The flag that the file is being written is set and taken back without the checksum being told. */
function verifyDescription(buffer: Buffer, start: number, end: number): void {
  if (isIntact(buffer, start, end)) return;
  const copy = Buffer.from(buffer.subarray(start, end));
  copy[FLAGS_AT] = (copy[FLAGS_AT] as number) & ~IN_USE_FLAG;
  if (!isIntact(copy, 0, copy.length)) throw damaged(buffer, start);
}

function damaged(buffer: Buffer, start: number): RangeError {
  return new RangeError(
    `an event of type ${buffer[start + 4]} whose checksum is not that of its bytes`,
  );
}
