import type { ProgressRecord } from "../core/journal-record.ts";
import { formatPosition, parsePosition } from "../core/position.ts";
import type { AvroReader } from "./avro-reader.ts";
import { AvroWriter } from "./avro-writer.ts";

/** Branch 1 of the union in schemas/journal-record.v1.avsc. */
export const PROGRESS_BRANCH = 1;

export function encodeProgress(progress: ProgressRecord): Uint8Array {
  const out = new AvroWriter(64);
  out.writeLong(PROGRESS_BRANCH);
  out.writeLong(progress.afterSeq);
  out.writeLong(progress.incarnation);
  out.writeString(formatPosition(progress.position));
  out.writeLong(Number(progress.at));
  return out.cut();
}

/** `reader` stands after the union's branch. */
export function readProgress(reader: AvroReader): ProgressRecord {
  return {
    kind: "progress",
    afterSeq: reader.readLong(),
    incarnation: reader.readLong(),
    position: parsePosition(reader.readString()),
    at: BigInt(reader.readLong()),
  };
}
