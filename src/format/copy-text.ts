import type { AvroWriter } from "./avro-writer.ts";
import { VALUE_BYTES } from "./change-codec.ts";
import type { Span } from "./span.ts";

/*
 * Postgres COPY text (PostgreSQL documentation, COPY, "Text Format"):
 *   line  = field (TAB field)* NEWLINE
 *   field = \N (null) · bytes, in which backspace, form feed, newline, carriage return, tab, vertical tab and backslash
 *           are written \b \f \n \r \t \v \\
 * So a newline byte always ends a row and a tab byte always ends a field.
 */
export const TAB = 9;
export const NEWLINE = 10;
const BACKSLASH = 92;
const NULL_LETTER = 78;

/** An Avro value's branch, doubled by zigzag. */
const AVRO_NULL = 0;
const AVRO_BYTES = 2 * VALUE_BYTES;

/** The letter after the backslash, by byte; 0: the byte stands for itself. */
const ESCAPES = new Uint8Array(256);
/** The byte, by the letter after the backslash; 0: COPY does not write it. */
const UNESCAPES = new Uint8Array(256);
for (const [byte, character] of [
  [8, "b"],
  [9, "t"],
  [10, "n"],
  [11, "v"],
  [12, "f"],
  [13, "r"],
  [BACKSLASH, "\\"],
] as const) {
  const letter = character.charCodeAt(0);
  ESCAPES[byte] = letter;
  UNESCAPES[letter] = byte;
}

/** Reads the fields of lines as Avro values: `00` for null, otherwise `04`, zigzag length, bytes. */
export class CopyLineReader {
  private bytes: Uint8Array = Buffer.alloc(0);
  private at = 0;
  private end = 0;

  /** `to` is the place of the line's newline. */
  reset(line: Span): void {
    this.bytes = line.bytes;
    this.at = line.from;
    this.end = line.to;
  }

  /** Throws RangeError when the line has no further field, or is not as COPY writes it. */
  readValue(out: AvroWriter): void {
    const { bytes, end } = this;
    let at = this.at;
    if (at > end) throw new RangeError("a row has too few columns");
    if (
      bytes[at] === BACKSLASH &&
      at + 1 < end &&
      bytes[at + 1] === NULL_LETTER
    ) {
      out.reserve(1);
      out.buffer[out.length++] = AVRO_NULL;
      this.endField(at + 2);
      return;
    }
    const first = at;
    while (at < end && bytes[at] !== TAB) at++;
    out.reserve(at - first + 11);
    const buffer = out.buffer;
    const start = out.length + 2;
    let to = start;
    for (let from = first; from < at;) {
      let byte = bytes[from++] as number;
      if (byte === BACKSLASH) {
        byte = from < at ? (UNESCAPES[bytes[from++] as number] as number) : 0;
        if (byte === 0)
          throw new RangeError("an escape that COPY does not write");
      }
      buffer[to++] = byte;
    }
    buffer[out.length] = AVRO_BYTES;
    const size = to - start;
    if (size < 64) {
      buffer[out.length + 1] = size << 1;
      out.length = to;
    } else {
      const lengthBytes = zigzagBytes(size);
      buffer.copyWithin(out.length + 1 + lengthBytes, start, to);
      out.length += 1;
      out.writeLong(size);
      out.length += size;
    }
    this.endField(at);
  }

  skipValue(): void {
    let at = this.at;
    const { bytes, end } = this;
    if (at > end) throw new RangeError("a row has too few columns");
    while (at < end && bytes[at] !== TAB) at++;
    this.endField(at);
  }

  /** Throws RangeError when fields are left. */
  endLine(): void {
    if (this.at <= this.end) throw new RangeError("a row has too many columns");
  }

  /** `at` stands where a tab or the line's end must be. */
  private endField(at: number): void {
    if (at < this.end && this.bytes[at] !== TAB)
      throw new RangeError("bytes are left after a null");
    this.at = at + 1;
  }
}

/** Of a length that is not negative. */
function zigzagBytes(size: number): number {
  let bytes = 1;
  for (let rest = size >>> 6; rest > 0; rest >>>= 7) bytes += 1;
  return bytes;
}

/** The line, newline included, of a row of Avro values. Throws RangeError on UNCHANGED and ABSENT: a row is not whole. */
export function writeCopyLine(out: AvroWriter, row: Span): void {
  const { bytes } = row;
  // The worst byte is a null: three for one.
  out.reserve(3 * (row.to - row.from) + 1);
  const buffer = out.buffer;
  let to = out.length;
  for (let at = row.from; at < row.to;) {
    if (at > row.from) buffer[to++] = TAB;
    const branch = bytes[at++] as number;
    if (branch === AVRO_NULL) {
      buffer[to++] = BACKSLASH;
      buffer[to++] = NULL_LETTER;
      continue;
    }
    if (branch !== AVRO_BYTES) throw new RangeError("a row is not whole");
    let byte = bytes[at++] as number;
    let size = (byte & 0x7f) >>> 1;
    for (let scale = 64; byte > 0x7f; scale *= 128) {
      byte = bytes[at++] as number;
      size += (byte & 0x7f) * scale;
    }
    const end = at + size;
    if (end > row.to) throw new RangeError("a row ends inside a value");
    for (; at < end; at++) {
      const value = bytes[at] as number;
      const letter = ESCAPES[value] as number;
      if (letter === 0) {
        buffer[to++] = value;
      } else {
        buffer[to++] = BACKSLASH;
        buffer[to++] = letter;
      }
    }
  }
  buffer[to++] = NEWLINE;
  out.length = to;
}
