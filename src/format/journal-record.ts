import type { JournalRecord, PartOutline } from "../core/journal-record.ts";
import { AvroReader } from "./avro-reader.ts";
import {
  PART_BRANCH,
  readPartHeader,
  readPartOutline,
  skipItems,
  skipPartHeader,
} from "./part-header.ts";
import {
  PROGRESS_BRANCH,
  encodeProgress,
  readProgress,
} from "./progress-record.ts";
import { SHAPE_BRANCH, encodeShape, readShape } from "./shape-record.ts";

/** The bytes of one datum of schemas/journal-record.v1.avsc. */
export function encodeJournalRecord(record: JournalRecord): Uint8Array {
  switch (record.kind) {
    case "part":
      return record.bytes;
    case "progress":
      return encodeProgress(record);
    case "shape":
      return encodeShape(record.shape);
  }
}

/**
 * Decodes what stands around the changes, never the changes. A part keeps a view of `bytes`, which must hold exactly one
 * record. Throws RangeError on anything it does not understand.
 */
export function decodeJournalRecord(bytes: Uint8Array): JournalRecord {
  const reader = new AvroReader(bytes);
  const record = readJournalRecord(reader);
  if (!reader.atEnd) throw new RangeError("bytes are left after a record");
  return record;
}

/**
 * The next of several records that stand back to back; the reader is left behind it. A part's end costs nothing to find: its
 * changes are one sized block. A part keeps a view of the reader's bytes.
 */
export function readJournalRecord(reader: AvroReader): JournalRecord {
  const from = reader.offset;
  const branch = reader.readLong();
  switch (branch) {
    case PART_BRANCH: {
      const header = readPartHeader(reader);
      const changesOffset = reader.offset - from;
      skipItems(reader);
      const bytes = reader.buffer.subarray(from, reader.offset);
      return { kind: "part", header, bytes, changesOffset };
    }
    case PROGRESS_BRANCH:
      return readProgress(reader);
    case SHAPE_BRANCH:
      return { kind: "shape", shape: readShape(reader) };
    default:
      throw new RangeError(`a record of an unknown kind: branch ${branch}`);
  }
}

/** Passes the next record; whether it is a part. */
export function skipJournalRecord(reader: AvroReader): boolean {
  const from = reader.offset;
  if (reader.readLong() === PART_BRANCH) {
    skipPartHeader(reader);
    skipItems(reader);
    return true;
  }
  reader.offset = from;
  readJournalRecord(reader);
  return false;
}

/** A record that is a part, at `from` of the bytes of several. */
export function outlinePart(bytes: Buffer, from: number): PartOutline {
  const reader = new AvroReader(bytes, from);
  reader.skipLong();
  const header = readPartOutline(reader);
  const changesOffset = reader.offset - from;
  skipItems(reader);
  return { header, bytes: bytes.subarray(from, reader.offset), changesOffset };
}
