/** The server's own refusal, in its words. */
export class ServerError extends Error {
  readonly errno: number;
  readonly sqlState: string | undefined;

  constructor(
    message: string,
    code: { readonly errno: number; readonly sqlState: string | undefined },
  ) {
    super(message);
    this.name = "ServerError";
    this.errno = code.errno;
    this.sqlState = code.sqlState;
  }
}

export interface OkAnswer {
  readonly affectedRows: number;
  readonly warnings: number;
  readonly moreResults: boolean;
}

export const OK = 0x00;
export const LOCAL_INFILE = 0xfb;
const EOF = 0xfe;
const ERR = 0xff;
const MORE_RESULTS = 0x0008;

export function isError(packet: Buffer): boolean {
  return packet[0] === ERR;
}

/** As an EOF packet, a row may begin with 0xfe: then its first value has 16 MiB and more. */
export function isEof(packet: Buffer): boolean {
  return packet[0] === EOF && packet.length < 9;
}

/** `ff, errno (2), ["#", SQLSTATE (5)], message` */
export function readError(packet: Buffer): ServerError {
  const errno = packet.readUInt16LE(1);
  const hasState = packet[3] === 0x23;
  return new ServerError(packet.toString("utf8", hasState ? 9 : 3), {
    errno,
    sqlState: hasState ? packet.toString("latin1", 4, 9) : undefined,
  });
}

/** `00, affected rows (lenenc), last id (lenenc), status (2), warnings (2), …` */
export function readOk(packet: Buffer): OkAnswer {
  const affected = readLength(packet, 1);
  const lastId = readLength(packet, affected.next);
  return {
    affectedRows: affected.length,
    warnings: packet.readUInt16LE(lastId.next + 2),
    moreResults: hasMore(packet.readUInt16LE(lastId.next)),
  };
}

/** `fe, warnings (2), status (2)` */
export function readEof(packet: Buffer): OkAnswer {
  return {
    affectedRows: 0,
    warnings: packet.readUInt16LE(1),
    moreResults: hasMore(packet.readUInt16LE(3)),
  };
}

function hasMore(status: number): boolean {
  return (status & MORE_RESULTS) !== 0;
}

/** A length-encoded integer and where it ends; NULL, which is a row's, has the length -1. */
export function readLength(
  packet: Buffer,
  offset: number,
): { readonly length: number; readonly next: number } {
  const first = packet.readUInt8(offset);
  switch (first) {
    case 0xfb:
      return { length: -1, next: offset + 1 };
    case 0xfc:
      return { length: packet.readUInt16LE(offset + 1), next: offset + 3 };
    case 0xfd:
      return { length: packet.readUIntLE(offset + 1, 3), next: offset + 4 };
    case 0xfe:
      return {
        length: Number(packet.readBigUInt64LE(offset + 1)),
        next: offset + 9,
      };
    default:
      return { length: first, next: offset + 1 };
  }
}

/** The values of a row of the text protocol. */
export function readRow(packet: Buffer): (Buffer | null)[] {
  const values: (Buffer | null)[] = [];
  for (let offset = 0; offset < packet.length;) {
    const { length, next } = readLength(packet, offset);
    values.push(length < 0 ? null : packet.subarray(next, next + length));
    offset = length < 0 ? next : next + length;
  }
  return values;
}
