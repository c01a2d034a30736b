import type { AvroWriter } from "../../../format/avro-writer.ts";
import { VALUE_BYTES, VALUE_NULL } from "../../../format/change-codec.ts";
import type { MysqlColumn } from "../values/column.ts";
import { ImageCursor } from "../values/image-cursor.ts";
import { inflateColumn } from "../values/inflate-column.ts";
import { JsonText } from "../values/write-json.ts";
import {
  writeBigint,
  writeBit,
  writeDecimal,
  writeDouble,
  writeFloat,
  writeInt,
  writeUint,
  writeUint64,
  writeYear,
} from "../values/write-numbers.ts";
import {
  writeDate,
  writeDatetime,
  writeOldDatetime,
  writeOldTime,
  writeOldTimestamp,
  writeTime,
  writeTimestamp,
} from "../values/write-times.ts";
import { FIRST_LONG_FORM, FORM, formOf } from "./row-form.ts";

/** The next row image begins at `offset` of `buffer`; the event ends at `end`. The stream's EventReader is one. */
export interface RowImages {
  readonly buffer: Buffer;
  offset: number;
  readonly end: number;
}

const AVRO_NULL = 2 * VALUE_NULL;
const AVRO_BYTES = 2 * VALUE_BYTES;

/** Branch, length and text of a short value; the longest is a DECIMAL of 65 digits. */
const SHORT_BYTES = 72;
/** A length, zigzag in base 128. */
const LENGTH_BYTES = 5;
/** Shorter values are copied by a loop: a call into native code costs more than that many bytes. */
const LOOP_BYTES = 24;

/**
 * Row image: a bit per column: null · the values of the others, each in its type's binary form (MySQL, MariaDB: Field::pack).
 * Row: count · per value: 00 null | 04 length bytes · 00.
 * One is made for a TABLE_MAP and serves its rows. Hot: no object, string or promise for a value, but for FLOAT, DOUBLE and numbers in JSON.
 */
export class RowImageReader {
  private readonly columns: readonly MysqlColumn[];
  /** By column: whether rows are without it. */
  private readonly leftOut: readonly boolean[];
  /** Columns in a whole image. */
  readonly width: number;
  /** Of a row. */
  private readonly count: number;
  /** A bit for each column of an image; undefined: all are there. */
  private present: Uint8Array | undefined;
  private readonly negativeZero: boolean;
  private readonly kinds: Uint8Array;
  private readonly sizes: Int32Array;
  /** What a row needs besides its long values. */
  private readonly shortBytes: number;
  private readonly cursor = new ImageCursor();
  private readonly json = new JsonText();

  constructor(table: {
    readonly columns: readonly MysqlColumn[];
    /** Of an image: MariaDB has hidden columns behind the others. */
    readonly width: number;
    readonly flavour: "mysql" | "mariadb";
    /** Names of columns that rows are without; the images may be, too. */
    readonly leftOut: ReadonlySet<string>;
  }) {
    this.columns = table.columns;
    this.width = table.width;
    this.leftOut = table.columns.map(({ name }) => table.leftOut.has(name));
    this.count = this.leftOut.filter((isLeftOut) => !isLeftOut).length;
    // MariaDB shows a negative zero as 0 whatever is asked, so that no base could have it.
    this.negativeZero = table.flavour === "mysql";
    const forms = table.columns.map(formOf);
    this.kinds = Uint8Array.from(forms, ({ kind }) => kind);
    this.sizes = Int32Array.from(forms, ({ size }) => size);
    this.shortBytes = SHORT_BYTES * forms.length + 2 * LENGTH_BYTES;
  }

  /** Whether images with these columns have all that a row needs. */
  hasRow(present: Uint8Array): boolean {
    return this.leftOut.every(
      (isLeftOut, at) => isLeftOut || isSet(present, at),
    );
  }

  /** Which columns the images that come next have; undefined: all. */
  turnTo(present: Uint8Array | undefined): void {
    this.present = present;
  }

  /** Writes the image that comes next and passes it. Throws RangeError naming the column when it is damaged. */
  read(out: AvroWriter, images: RowImages): void {
    if (this.present !== undefined || this.count < this.columns.length) {
      this.readSome(out, images);
      return;
    }
    const nulls = this.begin(out, images, this.width);
    const { cursor, kinds } = this;
    const from = images.buffer;
    const count = kinds.length;
    for (let at = 0; at < count; at++) {
      if (((from[nulls + (at >>> 3)] as number) & (1 << (at & 7))) !== 0)
        cursor.byte(AVRO_NULL);
      else this.value(out, at);
    }
    cursor.byte(0);
    for (let at = count; at < this.width; at++) {
      // Hidden ones are BIGINT, and computed: no part of the row.
      if (((from[nulls + (at >>> 3)] as number) & (1 << (at & 7))) === 0)
        cursor.take(8);
    }
    this.end(out, images);
  }

  /** The same where the image, or the row, is without some columns. */
  private readSome(out: AvroWriter, images: RowImages): void {
    const { cursor, kinds, leftOut, present } = this;
    const isThere = (at: number) => present === undefined || isSet(present, at);
    let there = 0;
    for (let at = 0; at < this.width; at++) if (isThere(at)) there++;
    const nulls = this.begin(out, images, there);
    const bits = images.buffer.subarray(nulls, nulls + ((there + 7) >>> 3));
    let place = 0;
    for (let at = 0; at < this.width; at++) {
      if (!isThere(at)) continue;
      const isNull = isSet(bits, place++);
      if (at >= kinds.length) {
        if (!isNull) cursor.take(8);
      } else if (leftOut[at] === true) {
        if (!isNull) this.skip(at);
      } else if (isNull) cursor.byte(AVRO_NULL);
      else this.value(out, at);
    }
    cursor.byte(0);
    this.end(out, images);
  }

  /** Where the bits of null begin, one for each column that is there. */
  private begin(out: AvroWriter, images: RowImages, bits: number): number {
    const { cursor } = this;
    cursor.from = images.buffer;
    cursor.read = images.offset;
    cursor.end = images.end;
    const nulls = cursor.take((bits + 7) >>> 3);
    this.room(out, 0);
    if (this.count > 0) this.length(this.count);
    return nulls;
  }

  private end(out: AvroWriter, images: RowImages): void {
    out.length = this.cursor.at;
    images.offset = this.cursor.read;
  }

  private value(out: AvroWriter, at: number): void {
    try {
      if ((this.kinds[at] as number) < FIRST_LONG_FORM) this.short(at);
      else this.long(out, at);
    } catch (cause) {
      const name = this.columns[at]?.name;
      throw new RangeError(`column ${name}: ${messageOf(cause)}`, { cause });
    }
  }

  /** A value that the row is without. */
  private skip(at: number): void {
    const { cursor } = this;
    const kind = this.kinds[at] as number;
    if (kind >= FIRST_LONG_FORM) {
      const bytes = kind === FORM.padded ? 1 : (this.sizes[at] as number);
      cursor.take(cursor.uint(bytes));
      return;
    }
    // There is room for it, and what comes next is written over it.
    const start = cursor.at;
    this.text(at);
    cursor.at = start;
  }

  private short(at: number): void {
    const { cursor } = this;
    const start = cursor.at;
    cursor.at = start + 2;
    this.text(at);
    const size = cursor.at - start - 2;
    const { to } = cursor;
    to[start] = AVRO_BYTES;
    if (size < 64) {
      to[start + 1] = 2 * size;
    } else {
      to.copyWithin(start + 3, start + 2, cursor.at);
      to[start + 1] = ((2 * size) & 0x7f) | 0x80;
      to[start + 2] = size >>> 6;
      cursor.at++;
    }
  }

  private text(at: number): void {
    const { cursor } = this;
    const size = this.sizes[at] as number;
    switch (this.kinds[at]) {
      case FORM.int:
        return writeInt(cursor, size);
      case FORM.uint:
        return writeUint(cursor, size);
      case FORM.bigint:
        return writeBigint(cursor);
      case FORM.uint64:
        return writeUint64(cursor, size);
      case FORM.float:
        return writeFloat(cursor, this.negativeZero);
      case FORM.double:
        return writeDouble(cursor, this.negativeZero);
      case FORM.decimal:
        return writeDecimal(cursor, size);
      case FORM.year:
        return writeYear(cursor);
      case FORM.date:
        return writeDate(cursor);
      case FORM.time:
        return writeTime(cursor, size);
      case FORM.datetime:
        return writeDatetime(cursor, size);
      case FORM.timestamp:
        return writeTimestamp(cursor, size);
      case FORM.oldTimestamp:
        return writeOldTimestamp(cursor);
      case FORM.oldDatetime:
        return writeOldDatetime(cursor);
      case FORM.oldTime:
        return writeOldTime(cursor);
      default:
        return writeBit(cursor, size);
    }
  }

  private long(out: AvroWriter, at: number): void {
    const { cursor } = this;
    const size = this.sizes[at] as number;
    const kind = this.kinds[at];
    const from = cursor.from;
    if (kind === FORM.bytes) {
      const bytes = cursor.uint(size);
      const first = cursor.take(bytes);
      this.head(out, bytes);
      this.copy(from, first, first + bytes);
      return;
    }
    if (kind === FORM.padded) {
      const bytes = cursor.uint(1);
      const first = cursor.take(bytes);
      if (bytes > size) throw new RangeError("a BINARY longer than it may be");
      this.head(out, size);
      this.copy(from, first, first + bytes);
      const end = cursor.at + size - bytes;
      cursor.to.fill(0, cursor.at, end);
      cursor.at = end;
      return;
    }
    const bytes = cursor.uint(size);
    const first = cursor.take(bytes);
    const value =
      kind === FORM.json
        ? this.json.of(from, first, first + bytes)
        : inflateColumn(from.subarray(first, first + bytes));
    this.head(out, value.length);
    this.copy(value, 0, value.length);
  }

  /** Branch and length of a value, and room for it and for what the row has besides. */
  private head(out: AvroWriter, size: number): void {
    this.room(out, size + LENGTH_BYTES + 1);
    this.cursor.byte(AVRO_BYTES);
    this.length(size);
  }

  /** A long ≥ 0 and < 2^32. */
  private length(value: number): void {
    const { cursor } = this;
    let byte = (value & 0x3f) * 2;
    let rest = value >>> 6;
    while (rest > 0) {
      cursor.byte(byte | 0x80);
      byte = rest & 0x7f;
      rest >>>= 7;
    }
    cursor.byte(byte);
  }

  private copy(from: Buffer, first: number, end: number): void {
    const { cursor } = this;
    const { to } = cursor;
    let at = cursor.at;
    if (end - first <= LOOP_BYTES) {
      for (let read = first; read < end;) to[at++] = from[read++] as number;
    } else {
      from.copy(to, at, first, end);
      at += end - first;
    }
    cursor.at = at;
  }

  private room(out: AvroWriter, more: number): void {
    const { cursor } = this;
    // At the row's start what `out` has is its own; within a row the cursor is ahead of it.
    if (more > 0) {
      if (cursor.at + more + this.shortBytes <= cursor.to.length) return;
      out.length = cursor.at;
    }
    out.reserve(more + this.shortBytes);
    cursor.to = out.buffer;
    cursor.at = out.length;
  }
}

/** Whether the column at that place is there. */
export function isSet(bits: Uint8Array, at: number): boolean {
  return ((bits[at >>> 3] ?? 0) & (1 << (at & 7))) !== 0;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
