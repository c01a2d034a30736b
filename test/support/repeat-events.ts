import { appendFile, readFile } from "node:fs/promises";
import { crc32 } from "node:zlib";

const FIRST_AT = 4;
const SIZE_AT = 9;
const LOG_POS_AT = 13;
const HEADER_BYTES = 19;
const CHECKSUM_BYTES = 4;

/** Appends a group that MariaDB's log has at `offset`, two events, once more under the next number, as if the server had logged it again. */
export async function repeatGroup(file: string, offset: number): Promise<void> {
  const log = await readFile(file);
  const last = lastNumber(log);
  let end = log.length;
  let at = offset;
  for (let event = 0; event < 2; event++) {
    const size = log.readUInt32LE(at + SIZE_AT);
    const copy = Buffer.from(log.subarray(at, at + size));
    at += size;
    end += size;
    copy.writeUInt32LE(end, LOG_POS_AT);
    if (event === 0) copy.writeBigUInt64LE(last + 1n, HEADER_BYTES);
    const content = copy.subarray(0, size - CHECKSUM_BYTES);
    copy.writeUInt32LE(crc32(content), content.length);
    await appendFile(file, copy);
  }
}

const MARIADB_GTID = 162;

function lastNumber(log: Buffer): bigint {
  let last = 0n;
  for (let at = FIRST_AT; at < log.length; at += log.readUInt32LE(at + SIZE_AT))
    if (log[at + 4] === MARIADB_GTID)
      last = log.readBigUInt64LE(at + HEADER_BYTES);
  return last;
}
