import { uuidText, type GroupBegin } from "./gtid.ts";
import type { EventReader } from "./event-reader.ts";

/*
 * GTID_TAGGED_LOG (MySQL 8.3 on), in the server's own serialization (libs/mysql/serialization/readme.md): version (1) · size of the
 * message · number of the last field that must be understood · per field: number · content. All numbers in 1 to 9 bytes: as many
 * further ones as the first has ones at its end.
 * Fields: 0 flags · 1 uuid, per byte a number · 2 number (signed) · 3 tag: length, characters · 4 last committed (signed) · 5 sequence number (signed) ·
 * 6 microseconds of the commit here · 7 of the first commit · 8 size of the transaction · 9, 10 versions · 11 ticket
 */
const VERSION = 1n;
const UUID_BYTES = 16;
const LAST_KNOWN_FIELD = 11;

export function readTaggedGtid(reader: EventReader): GroupBegin {
  const version = readNumber(reader);
  if (version !== VERSION) throw new RangeError(`a GTID of version ${version}`);
  readNumber(reader);
  const lastNeeded = readNumber(reader);
  if (lastNeeded > LAST_KNOWN_FIELD)
    throw new RangeError(`a GTID with the unknown field ${lastNeeded}`);
  let source = "";
  let tag = "";
  let number = 0;
  let committedAt: bigint | undefined;
  while (reader.left > 0) {
    const field = Number(readNumber(reader));
    // Later fields may be of another kind; none of them is needed.
    if (field > LAST_KNOWN_FIELD) break;
    if (field === 1) source = readUuid(reader);
    else if (field === 2) number = Number(readSigned(reader));
    else if (field === 3) tag = reader.latin1(Number(readNumber(reader)));
    else if (field === 6) committedAt = readNumber(reader);
    else readNumber(reader);
  }
  if (committedAt === undefined || source === "" || number < 1)
    throw new RangeError("a GTID without its number or its time");
  return {
    gtid: { source: tag === "" ? source : `${source}:${tag}`, number },
    committedAt,
  };
}

function readUuid(reader: EventReader): string {
  const bytes = Buffer.alloc(UUID_BYTES);
  for (let n = 0; n < UUID_BYTES; n++) bytes[n] = Number(readNumber(reader));
  return uuidText(bytes);
}

function readSigned(reader: EventReader): bigint {
  const raw = readNumber(reader);
  return (raw & 1n) === 0n ? raw >> 1n : -(raw >> 1n) - 1n;
}

function readNumber(reader: EventReader): bigint {
  const first = reader.uint8();
  let more = 0;
  while (more < 8 && ((first >> more) & 1) === 1) more++;
  let value = 0n;
  for (let n = 0; n < more; n++)
    value |= BigInt(reader.uint8()) << BigInt(8 * n);
  // What the first byte holds beside the ones and the zero behind them; of seven or eight ones nothing is left.
  const own = BigInt(first) >> BigInt(more + 1);
  return more >= 7 ? value : (value << BigInt(7 - more)) | own;
}
