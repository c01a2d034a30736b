import type { EventReader } from "./event-reader.ts";

/** A statement of the log, and the part of its session that its text depends on. */
export interface Query {
  readonly schema: string;
  readonly sqlMode: number;
  /** character_set_client, collation_connection, collation_server: ids of collations. */
  readonly charsets: readonly [number, number, number] | undefined;
  readonly timeZone: string | undefined;
  /** In the character set of the client. A view. */
  readonly text: Buffer;
}

/**
 * Int32 thread · Int32 seconds it took · Int8 size of the schema · Int16 error · Int16 size of the variables · variables · schema · 0 ·
 * statement. Variables: Int8 code · content, in the order of their codes as far as they matter here (Query_event in
 * libs/mysql/binlog/event/statement_events.h).
 */
export function readQuery(reader: EventReader): Query {
  reader.skip(8);
  const schemaBytes = reader.uint8();
  reader.skip(2);
  const variables = readVariables(reader, reader.uint16());
  const schema = reader.utf8(schemaBytes);
  reader.skip(1);
  return { ...variables, schema, text: reader.rest() };
}

const SIZES_AT = 8;
const SIZES_BYTES = 5;
const BEGIN = Buffer.from("BEGIN", "latin1");

/** Whether the statement is BEGIN, as a server writes it before rows; `reader` stays where it is, before the event's content. */
export function isBegin({ buffer, offset, end }: EventReader): boolean {
  const sizes = offset + SIZES_AT;
  const text = end - BEGIN.length;
  // Between the sizes and the statement lie variables, schema and a 0.
  if (text < sizes + SIZES_BYTES) return false;
  const variables = buffer.readUInt16LE(sizes + 3);
  const schema = buffer[sizes] as number;
  if (sizes + SIZES_BYTES + variables + schema + 1 !== text) return false;
  for (let at = 0; at < BEGIN.length; at++)
    if (buffer[text + at] !== BEGIN[at]) return false;
  return true;
}

const FLAGS = 0;
const SQL_MODE = 1;
const CATALOG = 2;
const AUTO_INCREMENT = 3;
const CHARSET = 4;
const TIME_ZONE = 5;
const CATALOG_WITHOUT_END = 6;

function readVariables(reader: EventReader, size: number) {
  const end = reader.offset + size;
  let sqlMode = 0;
  let charsets: Query["charsets"];
  let timeZone: string | undefined;
  read: while (reader.offset < end) {
    switch (reader.uint8()) {
      case FLAGS:
        reader.skip(4);
        break;
      case SQL_MODE:
        // The highest bits belong to modes that do not change how text is read.
        sqlMode = reader.uint32();
        reader.skip(4);
        break;
      case CATALOG:
        reader.skip(reader.uint8() + 1);
        break;
      case AUTO_INCREMENT:
        reader.skip(4);
        break;
      case CHARSET:
        charsets = [reader.uint16(), reader.uint16(), reader.uint16()];
        break;
      case TIME_ZONE:
        timeZone = reader.latin1(reader.uint8());
        break;
      case CATALOG_WITHOUT_END:
        reader.skip(reader.uint8());
        break;
      default:
        // What follows is of no use here, and each server knows more of it.
        break read;
    }
  }
  reader.skip(end - reader.offset);
  return { sqlMode, charsets, timeZone };
}
