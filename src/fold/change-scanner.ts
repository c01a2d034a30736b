import type { PartOutline } from "../core/journal-record.ts";
import { AvroReader } from "../format/avro-reader.ts";
import {
  DELETE_BRANCH,
  INSERT_BRANCH,
  OLD_NONE,
  UPDATE_BRANCH,
  readChange,
} from "../format/change-codec.ts";
import { partItems } from "../format/part-header.ts";
import type { RowLayout } from "./row-layout.ts";

/** Values that are not there; KEY_MISSING: one of them in an identifying column. */
export const HAS_UNCHANGED = 1;
export const HAS_ABSENT = 2;
export const KEY_MISSING = 4;

/** Fields per item; a cache line. */
export const ITEM_FIELDS = 16;
export const KIND = 0;
export const REF = 1;
/** Where the item begins. */
export const AT = 2;
export const OLD_KIND = 3;
/** A row: from, to (its values, without count and end), what is missing, and the first and last byte of its key. */
export const OLD = 4;
export const AFTER = 9;
export const ROW_FROM = 0;
export const ROW_TO = 1;
export const ROW_MISSING = 2;
export const ROW_KEY_FROM = 3;
export const ROW_KEY_TO = 4;

const NULL_BYTE = 0;
const MISSING_BYTE = 2;
const BYTES_BYTE = 4;

const ANY_LAYOUT: RowLayout = {
  columns: -1,
  identifies: new Uint8Array(0),
  firstKey: -1,
  lastKey: -1,
  contiguous: false,
};

/**
 * Walks the items of a part once, forward, and keeps where everything lies, so that they can be folded backward without
 * decoding a value. Reused from part to part.
 */
export class ChangeScanner {
  bytes: Buffer = Buffer.alloc(0);
  count = 0;
  fields = new Int32Array(1024 * ITEM_FIELDS);
  private at = 0;

  /** `layouts` by ref; the rows of a ref without one are walked over. Throws RangeError on what it does not understand. */
  scan(part: PartOutline, layouts: readonly (RowLayout | undefined)[]): void {
    const items = partItems(part);
    this.bytes = Buffer.from(
      items.bytes.buffer,
      items.bytes.byteOffset,
      items.bytes.byteLength,
    );
    this.count = items.count;
    if (this.fields.length < items.count * ITEM_FIELDS)
      this.fields = new Int32Array(items.count * 2 * ITEM_FIELDS);
    this.at = 0;
    for (let n = 0; n < items.count; n++)
      this.scanItem(n * ITEM_FIELDS, layouts);
    if (this.at !== this.bytes.length)
      throw new RangeError("bytes are left after the last change");
  }

  private scanItem(
    item: number,
    layouts: readonly (RowLayout | undefined)[],
  ): void {
    const { fields } = this;
    fields[item + AT] = this.at;
    const branch = this.readSmall();
    fields[item + KIND] = branch;
    if (
      branch !== INSERT_BRANCH &&
      branch !== UPDATE_BRANCH &&
      branch !== DELETE_BRANCH
    ) {
      this.skipRare(item);
      return;
    }
    const ref = this.readSmall();
    const layout = layouts[ref] ?? ANY_LAYOUT;
    fields[item + REF] = ref;
    if (branch !== INSERT_BRANCH) {
      const kind = this.readSmall();
      fields[item + OLD_KIND] = kind;
      if (kind !== OLD_NONE) this.scanRow(item + OLD, layout);
      else if (this.bytes[this.at++] !== 0)
        throw new RangeError("an old row where there is none");
    }
    if (branch !== DELETE_BRANCH) this.scanRow(item + AFTER, layout);
  }

  /** A truncate or an event. */
  private skipRare(item: number): void {
    const reader = new AvroReader(this.bytes, this.fields[item + AT]);
    readChange(reader);
    this.at = reader.offset;
  }

  private scanRow(row: number, layout: RowLayout): void {
    const { bytes, fields } = this;
    const columns = this.readSmall();
    if (columns !== layout.columns && layout !== ANY_LAYOUT)
      throw new RangeError(
        `a row has ${columns} columns where its shape has ${layout.columns}`,
      );
    const { firstKey, lastKey } = layout;
    let at = this.at;
    let missing = 0;
    fields[row + ROW_FROM] = at;
    for (let column = 0; column < columns; column++) {
      if (column === firstKey) fields[row + ROW_KEY_FROM] = at;
      const branch = bytes[at++];
      if (branch === BYTES_BYTE) {
        const size = bytes[at++] as number;
        if (size > 0x7f) at = skipLong(bytes, at);
        else at += size >>> 1;
      } else if (branch === MISSING_BYTE) {
        missing |= bytes[at++] === 0 ? HAS_UNCHANGED : HAS_ABSENT;
        if (layout.identifies[column] === 1) missing |= KEY_MISSING;
      } else if (branch !== NULL_BYTE) {
        throw new RangeError("a value of an unknown kind");
      }
      if (column === lastKey) fields[row + ROW_KEY_TO] = at;
    }
    fields[row + ROW_TO] = at;
    fields[row + ROW_MISSING] = missing;
    // The array's end; a row of no columns is only that.
    if (columns > 0 && bytes[at++] !== 0)
      throw new RangeError("a row is not one run of values");
    if (at > bytes.length) throw new RangeError("the bytes end inside a row");
    this.at = at;
  }

  /** A count, ref or branch: not negative, nearly always one byte. */
  private readSmall(): number {
    const byte = this.bytes[this.at] as number;
    if (byte <= 0x7f && (byte & 1) === 0) {
      this.at += 1;
      return byte >>> 1;
    }
    const reader = new AvroReader(this.bytes, this.at);
    const value = reader.readLong();
    if (value < 0) throw new RangeError("a count is negative");
    this.at = reader.offset;
    return value;
  }
}

/** `at` stands after the first byte of a length of several; the bytes are skipped too. */
function skipLong(bytes: Buffer, at: number): number {
  const reader = new AvroReader(bytes, at - 1);
  const size = reader.readLong();
  // A key is compared by its bytes: a length has one spelling.
  if (bytes[reader.offset - 1] === 0 || size < 0)
    throw new RangeError("a length is not in its shortest form");
  return reader.offset + size;
}
