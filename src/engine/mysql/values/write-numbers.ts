import type { ImageCursor } from "./image-cursor.ts";

const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/** TINYINT, SMALLINT, MEDIUMINT, INT: two's complement, little-endian. */
export function writeInt(cursor: ImageCursor, bytes: number): void {
  const value = cursor.uint(bytes);
  const limit = 2 ** (8 * bytes - 1);
  if (value < limit) {
    cursor.digits(value);
  } else {
    cursor.byte(MINUS);
    cursor.digits(2 * limit - value);
  }
}

export function writeUint(cursor: ImageCursor, bytes: number): void {
  cursor.digits(cursor.uint(bytes));
}

export function writeBigint(cursor: ImageCursor): void {
  const low = cursor.uint(4);
  const high = cursor.uint(4);
  if (high < 0x8000_0000) {
    cursor.digits64(high, low);
  } else {
    cursor.byte(MINUS);
    const carry = low === 0 ? 1 : 0;
    cursor.digits64((~high + carry) >>> 0, -low >>> 0);
  }
}

/** BIGINT UNSIGNED; and SET, ENUM, which are the bits and the number of the label in as many bytes as they need. */
export function writeUint64(cursor: ImageCursor, bytes: number): void {
  if (bytes <= 4) {
    writeUint(cursor, bytes);
  } else {
    const low = cursor.uint(4);
    cursor.digits64(cursor.uint(bytes - 4), low);
  }
}

/** BIT: big-endian, as many bytes as its bits need. */
export function writeBit(cursor: ImageCursor, bits: number): void {
  const bytes = (bits + 7) >>> 3;
  const first = cursor.take(bytes);
  const { from } = cursor;
  let high = 0;
  let low = 0;
  for (let at = first; at < first + bytes; at++) {
    high = ((high << 8) | (low >>> 24)) >>> 0;
    low = ((low << 8) | (from[at] as number)) >>> 0;
  }
  cursor.digits64(high, low);
}

/** 0 stands for 0000, the zero year; others count from 1900. */
export function writeYear(cursor: ImageCursor): void {
  const year = cursor.uint(1);
  cursor.padded(year === 0 ? 0 : 1900 + year, 4);
}

/** `negativeZero`: whether there is one, "-0"; otherwise it is "0". */
export function writeFloat(cursor: ImageCursor, negativeZero: boolean): void {
  const value = cursor.from.readFloatLE(cursor.take(4));
  cursor.double(negativeZero ? value : value + 0);
}

export function writeDouble(cursor: ImageCursor, negativeZero: boolean): void {
  const value = cursor.from.readDoubleLE(cursor.take(8));
  cursor.double(negativeZero ? value : value + 0);
}

/** Bytes of a group of digits, by their number (strings/decimal.cc, dig2bytes). */
const GROUP_BYTES = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;

export function decimalBytes(precision: number, scale: number): number {
  return sideBytes(precision - scale) + sideBytes(scale);
}

function sideBytes(digits: number): number {
  return (
    4 * Math.trunc(digits / 9) + (GROUP_BYTES[digits % 9] as 0 | 1 | 2 | 3 | 4)
  );
}

/**
 * DECIMAL(precision, scale): groups of nine digits in four bytes, big-endian, the incomplete ones outermost and in fewer bytes. The first bit is
 * set, and of a negative number every bit is turned round (strings/decimal.cc, decimal2bin).
 */
export function writeDecimal(cursor: ImageCursor, metadata: number): void {
  const precision = metadata >>> 8;
  const scale = metadata & 0xff;
  const { from } = cursor;
  let at = cursor.take(decimalBytes(precision, scale));
  const flip = ((from[at] as number) & 0x80) === 0 ? 0xff : 0;
  // Only the first byte has the sign.
  let sign = 0x80;
  if (flip !== 0) cursor.byte(MINUS);
  const start = cursor.at;
  for (let left = precision - scale; left > 0;) {
    const digits = left % 9 || 9;
    let group = 0;
    for (let n = GROUP_BYTES[digits] as number; n > 0; n--) {
      group = group * 256 + ((from[at++] as number) ^ flip ^ sign);
      sign = 0;
    }
    if (cursor.at > start) cursor.padded(group, digits);
    else if (group > 0) cursor.digits(group);
    left -= digits;
  }
  if (cursor.at === start) cursor.byte(ZERO);
  if (scale === 0) return;
  cursor.byte(POINT);
  for (let left = scale; left > 0;) {
    const digits = Math.min(left, 9);
    let group = 0;
    for (let n = GROUP_BYTES[digits] as number; n > 0; n--) {
      group = group * 256 + ((from[at++] as number) ^ flip ^ sign);
      sign = 0;
    }
    cursor.padded(group, digits);
    left -= digits;
  }
}
