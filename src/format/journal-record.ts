import type { JournalRecord } from "../core/journal-record.ts";
import { AvroReader } from "./avro-reader.ts";
import { PART_BRANCH, readPartHeader } from "./part-header.ts";
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
  const branch = reader.readLong();
  switch (branch) {
    case PART_BRANCH: {
      const header = readPartHeader(reader);
      return { kind: "part", header, bytes, changesOffset: reader.offset };
    }
    case PROGRESS_BRANCH:
      return whole(readProgress(reader), reader);
    case SHAPE_BRANCH:
      return whole({ kind: "shape", shape: readShape(reader) }, reader);
    default:
      throw new RangeError(`a record of an unknown kind: branch ${branch}`);
  }
}

function whole<T>(record: T, reader: AvroReader): T {
  if (!reader.atEnd) throw new RangeError("bytes are left after a record");
  return record;
}
