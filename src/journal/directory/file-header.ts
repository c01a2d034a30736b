import { crc32 } from "node:zlib";
import { TidemarkError } from "../../core/errors.ts";
import { journalDamaged } from "./journal-errors.ts";

/**
 * file header, 64 bytes, little-endian
 *   0  8  "TIDEJRN1"           8  4  format = 1              12 4  reserved, 0
 *  16 16  salt, random         32 8  number of first frame   40 8  first seq that has no part before this file
 *  48  8  number of the first frame of this history          56 4  reserved, 0     60 4  crc32 of bytes 0..59
 */
export interface FileHeader {
  /** Goes into every frame's checksum: journal bytes inside user data never look like a frame of this file. */
  readonly salt: Buffer;
  readonly firstFrame: number;
  /** All parts of this transaction and of the later ones are in this file or after it. */
  readonly firstSeq: number;
  /** `begin` opens a history: its first file has `history` = `firstFrame`. Files below the newest file's history are discarded. */
  readonly history: number;
}

export const FILE_HEADER_BYTES = 64;
export const SALT_BYTES = 16;
const MAGIC = "TIDEJRN1";
const FORMAT = 1;

export function encodeFileHeader(header: FileHeader): Buffer {
  const bytes = Buffer.alloc(FILE_HEADER_BYTES);
  bytes.write(MAGIC, 0, "latin1");
  bytes.writeUInt32LE(FORMAT, 8);
  header.salt.copy(bytes, 16);
  bytes.writeBigUInt64LE(BigInt(header.firstFrame), 32);
  bytes.writeBigUInt64LE(BigInt(header.firstSeq), 40);
  bytes.writeBigUInt64LE(BigInt(header.history), 48);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  return bytes;
}

/** Throws JOURNAL_DAMAGED, or FORMAT_TOO_NEW. `path` is for the message. */
export function decodeFileHeader(bytes: Buffer, path: string): FileHeader {
  const damaged = (why: string) => journalDamaged({ path, offset: 0 }, why);
  if (bytes.length < FILE_HEADER_BYTES)
    throw damaged("the file is shorter than its header");
  if (bytes.toString("latin1", 0, 8) !== MAGIC)
    throw damaged("not a journal file");
  if (bytes.readUInt32LE(60) !== crc32(bytes.subarray(0, 60)))
    throw damaged("the file header's checksum is wrong");
  const format = bytes.readUInt32LE(8);
  if (format !== FORMAT) {
    throw new TidemarkError(
      "FORMAT_TOO_NEW",
      `${path}: journal format ${format}, this version knows ${FORMAT}`,
      { hint: "run the version of Tidemark that wrote it, or a newer one" },
    );
  }
  return {
    salt: Buffer.from(bytes.subarray(16, 16 + SALT_BYTES)),
    firstFrame: Number(bytes.readBigUInt64LE(32)),
    firstSeq: Number(bytes.readBigUInt64LE(40)),
    history: Number(bytes.readBigUInt64LE(48)),
  };
}
