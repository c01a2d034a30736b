import type { EventReader } from "./event-reader.ts";

/**
 * Int16 version (4) · 50 bytes server version, padded with zeros · Int32 second at which the server began this file, 0 unless it had
 * just started · Int8 size of a header · per type from 1 on: Int8 size of its fixed part · Int8 checksum algorithm · 4 bytes checksum,
 * always there
 */
export interface FormatDescription {
  readonly serverVersion: string;
  /** Whether events of this file end in a checksum. */
  readonly hasChecksums: boolean;
  /** The server had just started: what a transaction before it left unfinished is void. */
  readonly afterStart: boolean;
}

const BINLOG_VERSION = 4;
const CHECKSUM_NONE = 0;
const CHECKSUM_CRC32 = 1;

/** `reader` ends before the checksum. */
export function readFormatDescription(reader: EventReader): FormatDescription {
  const version = reader.uint16();
  if (version !== BINLOG_VERSION)
    throw new RangeError(`a binlog of version ${version}`);
  const serverVersion = reader.latin1(50).replace(/\0.*$/s, "");
  const afterStart = reader.uint32() !== 0;
  const headerBytes = reader.uint8();
  if (headerBytes !== 19)
    throw new RangeError(`events with headers of ${headerBytes} bytes`);
  reader.skip(reader.left - 1);
  const algorithm = reader.uint8();
  if (algorithm !== CHECKSUM_NONE && algorithm !== CHECKSUM_CRC32)
    throw new RangeError(`checksums of the unknown kind ${algorithm}`);
  return {
    serverVersion,
    hasChecksums: algorithm === CHECKSUM_CRC32,
    afterStart,
  };
}
