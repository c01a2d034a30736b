import { AvroWriter } from "../../../format/avro-writer.ts";
import { COLUMN_TYPE } from "./column.ts";
import { ImageCursor } from "./image-cursor.ts";
import { jsonDouble } from "./json-double.ts";
import { decimalBytes, writeBigint, writeDecimal } from "./write-numbers.ts";
import {
  writePackedDate,
  writePackedDatetime,
  writePackedTime,
} from "./write-times.ts";

/*
 * MySQL's binary JSON (sql-common/json_binary.h), little-endian:
 *   document = type value
 *   object   = count size (keyOffset keyLength16)* (type offsetOrValue)* keys values
 *   array    = count size (type offsetOrValue)* values
 * In the small form counts, sizes and offsets have two bytes, in the large one four; offsets count from the count. Literals and integers that fit
 * into an offset stand in its place. The text is the server's own: keys in stored order, ", " and ": " between (sql-common/json_dom.cc,
 * wrapper_to_string).
 */
const SMALL_OBJECT = 0;
const LARGE_OBJECT = 1;
const SMALL_ARRAY = 2;
const LARGE_ARRAY = 3;
const LITERAL = 4;
const INT16 = 5;
const UINT16 = 6;
const INT32 = 7;
const UINT32 = 8;
const INT64 = 9;
const UINT64 = 10;
const DOUBLE = 11;
const STRING = 12;
const OPAQUE = 15;

const LITERALS = ["null", "true", "false"] as const;

/** The server refuses deeper documents (JSON_DOCUMENT_MAX_DEPTH). */
const MOST_DEPTH = 100;
const SCRATCH_BYTES = 4096;
const MOST_SCRATCH_BYTES = 1 << 20;
/** No number, time or literal is longer. */
const SCALAR_ROOM = 80;

/** The server breaks base64 into lines, and then writes the break as JSON writes it. */
const FULL_LINE = /.{76}(?=.)/g;

const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;

/** The letter after the backslash; 1: as \u00xx; 0: the byte stands for itself. */
const ESCAPES = new Uint8Array(256).fill(1, 0, 0x20);
for (const [character, letter] of [
  ["\b", "b"],
  ["\t", "t"],
  ["\n", "n"],
  ["\f", "f"],
  ["\r", "r"],
  ['"', '"'],
  ["\\", "\\"],
] as const)
  ESCAPES[character.charCodeAt(0)] = letter.charCodeAt(0);

/** Makes the text of one document after another. */
export class JsonText {
  private out = new AvroWriter(SCRATCH_BYTES);
  private readonly cursor = new ImageCursor();
  /** Where the document ends; offsets lead nowhere else. */
  private limit = 0;

  /** A view, valid until the next call. Throws RangeError on what the format does not have. */
  of(from: Buffer, first: number, end: number): Buffer {
    const { cursor } = this;
    // What a large document needed is not kept for small ones.
    if (this.out.buffer.length > MOST_SCRATCH_BYTES)
      this.out = new AvroWriter(SCRATCH_BYTES);
    const { out } = this;
    out.clear();
    cursor.from = from;
    cursor.end = end;
    cursor.to = out.buffer;
    cursor.at = out.length;
    this.limit = end;
    // Of a column that was filled with nothing the server says so.
    if (first === end) this.literal("null");
    else this.value(from[first] as number, first + 1, 1);
    // It may have grown into another buffer, not into another writer.
    out.length = cursor.at;
    return out.view();
  }

  /** `place` is where the value lies. */
  private value(type: number, place: number, depth: number): void {
    if (depth > MOST_DEPTH) throw new RangeError("JSON of too many levels");
    const { cursor } = this;
    this.room(SCALAR_ROOM);
    cursor.read = place;
    switch (type) {
      case SMALL_OBJECT:
      case SMALL_ARRAY:
        return this.container(place, 2, type === SMALL_OBJECT ? depth : -depth);
      case LARGE_OBJECT:
      case LARGE_ARRAY:
        return this.container(place, 4, type === LARGE_OBJECT ? depth : -depth);
      case LITERAL:
        return this.literal(literalText(cursor.uint(1)));
      case INT16:
        return this.signed(cursor.uint(2), 0x1_0000);
      case UINT16:
        return cursor.digits(cursor.uint(2));
      case INT32:
        return this.signed(cursor.uint(4), 0x1_0000_0000);
      case UINT32:
        return cursor.digits(cursor.uint(4));
      case INT64:
        return writeBigint(cursor);
      case UINT64: {
        const low = cursor.uint(4);
        return cursor.digits64(cursor.uint(4), low);
      }
      case DOUBLE:
        return cursor.ascii(
          jsonDouble(cursor.from.readDoubleLE(cursor.take(8))),
        );
      case STRING: {
        const size = this.length();
        return this.string(cursor.take(size), size);
      }
      case OPAQUE:
        return this.opaque();
      default:
        throw new RangeError(`JSON of type ${type}`);
    }
  }

  /** `depth` is negative in an array. */
  private container(place: number, width: 2 | 4, depth: number): void {
    const { cursor } = this;
    const isObject = depth > 0;
    const count = cursor.uint(width);
    const size = cursor.uint(width);
    if (place + size > this.limit)
      throw new RangeError("a JSON value beyond its document");
    const keys = place + 2 * width;
    const values = keys + (isObject ? count * (width + 2) : 0);
    cursor.byte(isObject ? OPEN_OBJECT : OPEN_ARRAY);
    for (let n = 0; n < count; n++) {
      if (n > 0) this.literal(", ");
      if (isObject) {
        cursor.read = keys + n * (width + 2);
        const key = place + cursor.uint(width);
        const keySize = cursor.uint(2);
        cursor.read = key;
        this.string(cursor.take(keySize), keySize);
        this.literal(": ");
      }
      cursor.read = values + n * (width + 1);
      const type = cursor.uint(1);
      const inPlace =
        type === LITERAL ||
        type === INT16 ||
        type === UINT16 ||
        (width === 4 && (type === INT32 || type === UINT32));
      this.value(
        type,
        inPlace ? cursor.read : place + cursor.uint(width),
        Math.abs(depth) + 1,
      );
    }
    this.room(1);
    cursor.byte(isObject ? CLOSE_OBJECT : CLOSE_ARRAY);
  }

  private signed(value: number, modulus: number): void {
    if (value < modulus / 2) {
      this.cursor.digits(value);
    } else {
      this.cursor.byte(MINUS);
      this.cursor.digits(modulus - value);
    }
  }

  /** Of a string or an opaque value: seven bits to a byte, the lowest first. */
  private length(): number {
    const { cursor } = this;
    let size = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = cursor.uint(1);
      size += (byte & 0x7f) * scale;
      if (byte < 0x80) return size;
    }
    throw new RangeError("a JSON length of more than five bytes");
  }

  private string(first: number, size: number): void {
    const { cursor } = this;
    const { from } = cursor;
    this.room(2);
    cursor.byte(QUOTE);
    const end = first + size;
    for (let at = first; at < end;) {
      const plain = at;
      while (at < end && ESCAPES[from[at] as number] === 0) at++;
      this.room(at - plain + 7);
      from.copy(cursor.to, cursor.at, plain, at);
      cursor.at += at - plain;
      if (at < end) this.escape(from[at++] as number);
    }
    this.room(1);
    cursor.byte(QUOTE);
  }

  private escape(byte: number): void {
    const { cursor } = this;
    const letter = ESCAPES[byte] as number;
    cursor.byte(BACKSLASH);
    if (letter > 1) cursor.byte(letter);
    else cursor.ascii(`u00${byte.toString(16).padStart(2, "0")}`);
  }

  /** A value of an SQL type that JSON does not have. */
  private opaque(): void {
    const { cursor } = this;
    const type = cursor.uint(1);
    const size = this.length();
    const first = cursor.take(size);
    cursor.read = first;
    this.room(SCALAR_ROOM);
    if (type === COLUMN_TYPE.decimal) {
      const precision = cursor.uint(1);
      const scale = cursor.uint(1);
      if (scale > precision || 2 + decimalBytes(precision, scale) > size)
        throw new RangeError("a JSON decimal of a wrong length");
      return writeDecimal(cursor, precision * 256 + scale);
    }
    cursor.byte(QUOTE);
    switch (type) {
      case COLUMN_TYPE.date:
        writePackedDate(cursor);
        break;
      case COLUMN_TYPE.oldTime:
        writePackedTime(cursor);
        break;
      case COLUMN_TYPE.oldDatetime:
      case COLUMN_TYPE.oldTimestamp:
        writePackedDatetime(cursor);
        break;
      default: {
        const text = cursor.from.toString("base64", first, first + size);
        this.literal(`base64:type${type}:${text.replace(FULL_LINE, "$&\\n")}`);
      }
    }
    this.room(1);
    cursor.byte(QUOTE);
  }

  private literal(text: string): void {
    this.room(text.length);
    this.cursor.ascii(text);
  }

  private room(size: number): void {
    const { cursor, out } = this;
    if (cursor.at + size <= cursor.to.length) return;
    out.length = cursor.at;
    out.reserve(size);
    cursor.to = out.buffer;
    cursor.at = out.length;
  }
}

const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;

function literalText(literal: number): string {
  const text = LITERALS[literal];
  if (text === undefined) throw new RangeError(`a JSON literal ${literal}`);
  return text;
}
