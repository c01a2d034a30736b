import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RowImageReader } from "../../src/engine/mysql/source/row-image-reader.ts";
import {
  parseTableMap,
  type TableMap,
} from "../../src/engine/mysql/source/table-map/parse-table-map.ts";
import { AvroReader } from "../../src/format/avro-reader.ts";
import { AvroWriter } from "../../src/format/avro-writer.ts";
import { readRow } from "../../src/format/change-codec.ts";
import { writeCopyLine } from "../../src/format/copy-text.ts";
import { writeValue } from "../../src/format/change-codec.ts";
import type { TestMysql } from "./mysql-server.ts";

export interface LoggedRow {
  readonly map: TableMap;
  readonly old: Buffer | undefined;
  readonly after: Buffer | undefined;
}

const HEADER_BYTES = 19;
const CHECKSUM_BYTES = 4;
const TABLE_MAP = 19;
/** Version 1 is MariaDB's, version 2 MySQL's. */
const WRITES = [23, 30];
const UPDATES = [24, 31];
const DELETES = [25, 32];

/** How large the newest binlog is: what is written from now on lies behind. */
export function binlogEnd(server: TestMysql): number {
  return readFileSync(newestBinlog(server)).length;
}

/** The rows that were logged behind `from` of the newest binlog, as lines, without the columns of these names. */
export function* readBinlogRows(
  server: TestMysql,
  from: number,
  leftOut: ReadonlySet<string> = new Set(),
): Iterable<LoggedRow> {
  const log = readFileSync(newestBinlog(server));
  const maps = new Map<number, { map: TableMap; reader: RowImageReader }>();
  for (let at = from; at < log.length;) {
    const type = log[at + 4] as number;
    const size = log.readUInt32LE(at + 9);
    const body = log.subarray(at + HEADER_BYTES, at + size - CHECKSUM_BYTES);
    at += size;
    if (type === TABLE_MAP) {
      const map = parseTableMap(Buffer.from(body), server.flavour);
      const reader = new RowImageReader({
        ...{ ...map, leftOut, flavour: server.flavour },
      });
      maps.set(map.tableId, { map, reader });
      continue;
    }
    const isUpdate = UPDATES.includes(type);
    const isDelete = DELETES.includes(type);
    if (!isUpdate && !isDelete && !WRITES.includes(type)) continue;
    const known = maps.get(body.readUIntLE(0, 6));
    if (known === undefined) throw new Error("rows of no table");
    const { map, reader } = known;
    let offset = 8;
    if (type >= 30) offset += body.readUInt16LE(offset);
    offset += map.width < 251 ? 1 : 3;
    const bytes = (map.width + 7) >>> 3;
    const first = body.subarray(offset, offset + bytes);
    const second = body.subarray(offset + bytes, offset + 2 * bytes);
    offset += isUpdate ? 2 * bytes : bytes;
    const images = { buffer: body, offset, end: body.length };
    const next = (present: Buffer) => lineOf({ map, reader, present }, images);
    while (images.offset < images.end) {
      const line = next(first);
      if (isUpdate) yield { map, old: line, after: next(second) };
      else if (isDelete) yield { map, old: line, after: undefined };
      else yield { map, old: undefined, after: line };
    }
  }
}

function lineOf(
  source: {
    readonly map: TableMap;
    readonly reader: RowImageReader;
    readonly present: Buffer;
  },
  images: { readonly buffer: Buffer; offset: number; readonly end: number },
): Buffer {
  const { map, reader, present } = source;
  const row = new AvroWriter();
  if (!reader.hasRow(present)) throw new Error(`a partial row of ${map.name}`);
  reader.turnTo(present);
  reader.read(row, images);
  const fields = readRow(new AvroReader(row.cut())).map((value) => {
    const one = new AvroWriter();
    writeValue(one, value);
    const bytes = one.cut();
    const line = new AvroWriter();
    writeCopyLine(line, { bytes, from: 0, to: bytes.length });
    return line.cut().subarray(0, -1);
  });
  const tabbed = fields.flatMap((field) => [field, TAB]).slice(0, -1);
  return Buffer.concat([...tabbed, NEWLINE]);
}

const TAB = Buffer.from("\t");
const NEWLINE = Buffer.from("\n");

function newestBinlog(server: TestMysql): string {
  const files = readdirSync(server.dataDirectory);
  const newest = files.filter((file) => /^binlog\.\d+$/.test(file)).sort();
  return join(server.dataDirectory, newest.at(-1) as string);
}
