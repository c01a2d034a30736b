import { AvroReader } from "../format/avro-reader.ts";
import type { AvroWriter } from "../format/avro-writer.ts";
import type { Span } from "../format/span.ts";
import type { RowLayout } from "./row-layout.ts";

const MISSING_BYTE = 2;
const BYTES_BYTE = 4;

/** Where the value that begins at `at` ends. */
export function valueEnd(bytes: Uint8Array, at: number): number {
  const branch = bytes[at] as number;
  if (branch === BYTES_BYTE) {
    const size = bytes[at + 1] as number;
    if (size <= 0x7f) return at + 2 + (size >>> 1);
    const reader = new AvroReader(bytes, at + 1);
    return reader.readLong() + reader.offset;
  }
  return branch === MISSING_BYTE ? at + 2 : at + 1;
}

/** No column of the row is missing. */
export function isWhole(row: Span): boolean {
  for (let at = row.from; at < row.to; at = valueEnd(row.bytes, at))
    if (row.bytes[at] === MISSING_BYTE) return false;
  return true;
}

/** The key of a row whose key is no slice of it. False: an identifying column is missing. */
export function gatherKey(
  row: Span,
  layout: RowLayout,
  out: AvroWriter,
): boolean {
  let at = row.from;
  out.clear();
  for (let column = 0; column <= layout.lastKey; column++) {
    const end = valueEnd(row.bytes, at);
    if (layout.identifies[column] === 1) {
      if (row.bytes[at] === MISSING_BYTE) return false;
      out.writeRaw(row.bytes.subarray(at, end));
    }
    at = end;
  }
  return true;
}

/** Fills the missing columns of one row from another of the same shape. */
export class RowFiller {
  private readonly out: AvroWriter;
  /** Something was filled: the filled row is in `row`. */
  changed = false;
  /** No column is missing any more. */
  complete = false;
  readonly row: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };

  constructor(out: AvroWriter) {
    this.out = out;
  }

  fill(target: Span, source: Span): void {
    const { out } = this;
    out.clear();
    this.changed = false;
    this.complete = true;
    let kept = target.from;
    let from = source.from;
    for (let at = target.from; at < target.to;) {
      const end = valueEnd(target.bytes, at);
      const sourceEnd = valueEnd(source.bytes, from);
      if (target.bytes[at] === MISSING_BYTE) {
        if (source.bytes[from] === MISSING_BYTE) {
          this.complete = false;
        } else {
          out.writeRaw(target.bytes.subarray(kept, at));
          out.writeRaw(source.bytes.subarray(from, sourceEnd));
          kept = end;
          this.changed = true;
        }
      }
      at = end;
      from = sourceEnd;
    }
    if (from !== source.to)
      throw new RangeError("two rows of a table differ in their columns");
    if (!this.changed) return;
    out.writeRaw(target.bytes.subarray(kept, target.to));
    this.row.bytes = out.buffer;
    this.row.from = out.length - out.size;
    this.row.to = out.length;
  }
}
