import type { AvroWriter } from "../../../format/avro-writer.ts";
import { VALUE_BYTES, VALUE_MISSING } from "../../../format/change-codec.ts";

/*
 * Row: count · per value: 00 null | 02 02 ABSENT | 04 length bytes · 00 (format/change-codec.ts). Hot.
 */
const AVRO_MISSING = 2 * VALUE_MISSING;
const AVRO_BYTES = 2 * VALUE_BYTES;
const ABSENT = 2;

/** Finds the columns that identify a row, in the bytes of rows of one shape. */
export class RowKeys {
  private readonly identifies: readonly boolean[];
  private readonly columns: number;
  private readonly last: number;

  constructor(identifies: readonly boolean[]) {
    this.identifies = identifies;
    this.columns = identifies.length;
    this.last = identifies.lastIndexOf(true);
  }

  /** Whether the row that `a` begins with and the one at `at` of `b` have the same key. */
  areSame(a: Buffer, b: Buffer, at: number): boolean {
    let left = skipLong(a, 0);
    let right = skipLong(b, at);
    for (let column = 0; column <= this.last; column++) {
      const leftEnd = valueEnd(a, left);
      const rightEnd = valueEnd(b, right);
      if (this.identifies[column] === true) {
        const size = leftEnd - left;
        if (size !== rightEnd - right) return false;
        // Most keys are shorter than a call into native code is worth.
        for (let n = 0; n < size; n++)
          if (a[left + n] !== b[right + n]) return false;
      }
      left = leftEnd;
      right = rightEnd;
    }
    return true;
  }

  /** Writes the row that `row` begins with, without its other columns. */
  write(out: AvroWriter, row: Buffer): void {
    out.reserve(row.length + 2 * this.columns);
    const to = out.buffer;
    let read = skipLong(row, 0);
    let write = out.length + row.copy(to, out.length, 0, read);
    for (let column = 0; column < this.columns; column++) {
      const end = valueEnd(row, read);
      if (this.identifies[column] === true) {
        write += row.copy(to, write, read, end);
      } else {
        to[write++] = AVRO_MISSING;
        to[write++] = ABSENT;
      }
      read = end;
    }
    to[write++] = 0;
    out.length = write;
  }
}

function valueEnd(row: Buffer, at: number): number {
  if (row[at] !== AVRO_BYTES) return at + 1;
  let size = 0;
  let scale = 1;
  let read = at + 1;
  for (;;) {
    const byte = row[read++] as number;
    size += (byte & 0x7f) * scale;
    if (byte < 0x80) return read + size / 2;
    scale *= 128;
  }
}

function skipLong(row: Buffer, at: number): number {
  let read = at;
  while ((row[read++] as number) >= 0x80);
  return read;
}
