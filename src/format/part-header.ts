import type {
  Commit,
  EncodedPart,
  PartHeader,
  PartOutline,
  TouchedTable,
} from "../core/journal-record.ts";
import { formatPosition, parsePosition } from "../core/position.ts";
import { AvroReader } from "./avro-reader.ts";
import { AvroWriter } from "./avro-writer.ts";
import { HASH_BYTES } from "./rolling-hash.ts";
import { readShapeId, shapeIdBytes } from "./shape-id.ts";

/** Branch 0 of the union in schemas/journal-record.v1.avsc. */
export const PART_BRANCH = 0;

/** Parts are views into chunks: an allocation per part would cost more than the part. */
const CHUNK_BYTES = 1024 * 1024;
const out = new AvroWriter(CHUNK_BYTES);

/** The items of `changes` as a change source made them: `count` union values, back to back. */
export interface ChangeItems {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/**
 * Puts a header before items. The field `changes` is one sized block (−count, bytes, items) and the closing 0, or only the
 * 0 when there are no items.
 */
export function encodePart(
  header: PartHeader,
  items: ChangeItems,
): EncodedPart {
  out.clear();
  writeHeader(header);
  const changesOffset = out.size;
  if (items.count > 0) {
    out.writeLong(-items.count);
    out.writeLong(items.bytes.length);
    out.writeRaw(items.bytes);
  }
  out.writeLong(0);
  const bytes = out.cut();
  return { kind: "part", header, bytes, changesOffset };
}

function writeHeader(header: PartHeader): void {
  out.writeLong(PART_BRANCH);
  out.writeLong(header.seq);
  out.writeLong(header.part);
  out.writeBoolean(header.commit !== undefined);
  out.writeLong(header.attempt);
  out.writeLong(header.incarnation);
  out.writeString(header.xid);
  if (header.tables.length > 0) out.writeLong(header.tables.length);
  for (const table of header.tables) writeTouchedTable(table);
  out.writeLong(0);
  if (header.commit === undefined) {
    out.writeLong(0);
    return;
  }
  out.writeLong(1);
  out.writeString(formatPosition(header.commit.position));
  out.writeLong(Number(header.commit.committedAt));
  out.writeLong(Number(header.commit.rawCommittedAt));
  out.writeHex(header.commit.rollingHash);
}

function writeTouchedTable(table: TouchedTable): void {
  out.writeLong(table.ref);
  out.writeLong(table.table);
  out.writeRaw(shapeIdBytes(table.shape));
  out.writeLong(table.inserts);
  out.writeLong(table.updates);
  out.writeLong(table.deletes);
  out.writeLong(table.truncates);
  out.writeLong(0); // keyHashes: null
}

/** `reader` stands after the union's branch; it is left before `changes`. */
export function readPartHeader(reader: AvroReader): PartHeader {
  const seq = reader.readLong();
  const part = reader.readLong();
  const last = reader.readBoolean();
  const attempt = reader.readLong();
  const incarnation = reader.readLong();
  const xid = reader.readString();
  const tables: TouchedTable[] = [];
  for (let n = reader.readBlockCount(); n > 0; n = reader.readBlockCount()) {
    for (; n > 0; n--) tables.push(readTouchedTable(reader));
  }
  const commit = reader.readLong() === 0 ? undefined : readCommit(reader);
  if (last !== (commit !== undefined)) throw disagree();
  return { seq, part, attempt, incarnation, xid, tables, commit };
}

function readTouchedTable(reader: AvroReader): TouchedTable {
  const table: TouchedTable = {
    ref: reader.readLong(),
    table: reader.readLong(),
    shape: readShapeId(reader),
    inserts: reader.readLong(),
    updates: reader.readLong(),
    deletes: reader.readLong(),
    truncates: reader.readLong(),
  };
  if (reader.readLong() !== 0) reader.readBytes();
  return table;
}

function readCommit(reader: AvroReader): Commit {
  return {
    position: parsePosition(reader.readString()),
    committedAt: BigInt(reader.readLong()),
    rawCommittedAt: BigInt(reader.readLong()),
    rollingHash: reader.readHex(HASH_BYTES),
  };
}

/** The same, of which only what a fold needs is decoded: most of a small transaction's header is not. */
export function readPartOutline(reader: AvroReader): PartOutline["header"] {
  const seq = reader.readLong();
  const part = reader.readLong();
  const last = reader.readBoolean();
  skipOrigin(reader);
  const tables: TouchedTable[] = [];
  for (let n = reader.readBlockCount(); n > 0; n = reader.readBlockCount()) {
    for (; n > 0; n--) tables.push(readTouchedTable(reader));
  }
  const commit = skipCommit(reader) ? true : undefined;
  if (last !== (commit !== undefined)) throw disagree();
  return { seq, part, tables, commit };
}

export function skipPartHeader(reader: AvroReader): void {
  reader.skipLong();
  reader.skipLong();
  const last = reader.readBoolean();
  skipOrigin(reader);
  for (let n = reader.readBlockCount(); n > 0; n = reader.readBlockCount()) {
    for (; n > 0; n--) skipTouchedTable(reader);
  }
  if (last !== skipCommit(reader)) throw disagree();
}

/** Attempt, incarnation, xid. */
function skipOrigin(reader: AvroReader): void {
  reader.skipLong();
  reader.skipLong();
  reader.skip(reader.readLong());
}

function skipTouchedTable(reader: AvroReader): void {
  reader.skipLong();
  reader.skipLong();
  reader.skip(HASH_BYTES);
  for (let counts = 4; counts > 0; counts--) reader.skipLong();
  if (reader.readLong() !== 0) reader.skip(reader.readLong());
}

/** Whether there is one. */
function skipCommit(reader: AvroReader): boolean {
  if (reader.readLong() === 0) return false;
  reader.skip(reader.readLong());
  reader.skipLong();
  reader.skipLong();
  reader.skip(HASH_BYTES);
  return true;
}

function disagree(): RangeError {
  return new RangeError("a part's `last` and `commit` disagree");
}

/** How many items a part has. */
export function countItems(part: EncodedPart): number {
  return readItemCount(new AvroReader(part.bytes, part.changesOffset));
}

/** The items of a part; `bytes` is a view. Throws RangeError when they are not one sized block. */
export function partItems(
  part: Pick<EncodedPart, "bytes" | "changesOffset">,
): ChangeItems {
  const reader = new AvroReader(part.bytes, part.changesOffset);
  const count = readItemCount(reader);
  if (count === 0) return { count, bytes: Buffer.alloc(0) };
  const bytes = reader.readBytes();
  if (reader.readLong() !== 0 || !reader.atEnd) throw notOneBlock();
  return { count, bytes };
}

/** `reader` stands before `changes` and is left behind them. */
export function skipItems(reader: AvroReader): void {
  if (readItemCount(reader) === 0) return;
  reader.skip(reader.readLong());
  if (reader.readLong() !== 0) throw notOneBlock();
}

function readItemCount(reader: AvroReader): number {
  const count = reader.readLong();
  if (count > 0) throw notOneBlock();
  return count === 0 ? 0 : -count;
}

function notOneBlock(): RangeError {
  return new RangeError("`changes` is not one sized block");
}
