import type { ImageCursor } from "./image-cursor.ts";

const MINUS = 45;
const POINT = 46;
const SPACE = 32;
const COLON = 58;

/** A month and a day, and a minute and a second, are handed on in one number: no object for a value. */
const DAY_BITS = 32;
const SECOND_BITS = 64;

/** DATE: day 5 bits, month 4, year 15, little-endian. Parts may be zero. */
export function writeDate(cursor: ImageCursor): void {
  const value = cursor.uint(3);
  writeDay(cursor, value >>> 9, value & 0x1ff);
}

/**
 * DATETIME: 40 bits, big-endian: 1, year × 13 + month 17, day 5, hour 5, minute 6, second 6; then the fraction
 * (MySQL: mysys/my_time.cc, my_datetime_packed_to_binary).
 */
export function writeDatetime(cursor: ImageCursor, fraction: number): void {
  const first = cursor.take(5);
  const { from } = cursor;
  const b0 = from[first] as number;
  const b2 = from[first + 2] as number;
  const b3 = from[first + 3] as number;
  const b4 = from[first + 4] as number;
  if (b0 < 0x80) throw new RangeError("a DATETIME before the year 0");
  const months =
    ((b0 & 0x7f) << 10) | ((from[first + 1] as number) << 2) | (b2 >>> 6);
  const year = Math.trunc(months / 13);
  const month = months - 13 * year;
  writeDay(cursor, year, month * DAY_BITS + ((b2 >>> 1) & 31));
  cursor.byte(SPACE);
  const clock = (((b3 & 15) << 2) | (b4 >>> 6)) * SECOND_BITS + (b4 & 63);
  writeClock(cursor, ((b2 & 1) << 4) | (b3 >>> 4), clock);
  writeFraction(cursor, fraction);
}

/**
 * TIME: 24 bits, big-endian: positive 1, 0, hour 10, minute 6, second 6; then the fraction. A negative one is the two's complement of all
 * bytes together, fraction included (my_time_packed_to_binary).
 */
export function writeTime(cursor: ImageCursor, fraction: number): void {
  const bytes = 3 + ((fraction + 1) >>> 1);
  const first = cursor.take(bytes);
  const { from } = cursor;
  let packed = 0;
  for (let at = first; at < first + bytes; at++)
    packed = packed * 256 + (from[at] as number);
  const unit = 2 ** (8 * (bytes - 3));
  packed -= 0x80_0000 * unit;
  if (packed < 0) {
    cursor.byte(MINUS);
    packed = -packed;
  }
  const whole = Math.trunc(packed / unit);
  writeClock(cursor, (whole >>> 12) & 0x3ff, whole & 0xfff);
  if (fraction > 0)
    writeFractionDigits(cursor, packed - whole * unit, fraction);
}

/**
 * TIMESTAMP: seconds since 1970 in UTC, big-endian (MariaDB from 11.5 on uses all 32 bits); then the fraction. All zero is the zero date; MariaDB has
 * the fractions of 1970's first second besides.
 */
export function writeTimestamp(cursor: ImageCursor, fraction: number): void {
  const { from } = cursor;
  const bytes = (fraction + 1) >>> 1;
  const first = cursor.take(4 + bytes);
  const seconds = from.readUInt32BE(first);
  let isZero = seconds === 0;
  for (let at = first + 4; isZero && at < first + 4 + bytes; at++)
    isZero = from[at] === 0;
  writeInstant(cursor, seconds, isZero);
  cursor.read = first + 4;
  writeFraction(cursor, fraction);
}

/** The same before MySQL 5.6: little-endian, without a fraction. */
export function writeOldTimestamp(cursor: ImageCursor): void {
  const seconds = cursor.uint(4);
  writeInstant(cursor, seconds, seconds === 0);
}

/** Decimal digits YYYYMMDDhhmmss in 8 bytes. With a fraction MariaDB has another form, which the log does not tell from this one. */
export function writeOldDatetime(cursor: ImageCursor): void {
  const low = cursor.uint(4);
  const value = cursor.uint(4) * 2 ** 32 + low;
  const date = Math.trunc(value / 1e6);
  const clock = value - date * 1e6;
  const hour = Math.trunc(clock / 1e4);
  const day = date % 100;
  const month = Math.trunc(date / 100) % 100;
  if (date > 9999_12_31 || month > 12 || day > 31 || hour > 23)
    throw new RangeError("an old DATETIME with a fraction, or damaged");
  writeDay(cursor, Math.trunc(date / 1e4), month * DAY_BITS + day);
  cursor.byte(SPACE);
  writeDecimalClock(cursor, clock);
}

/** Decimal digits hhhmmss in 3 bytes, two's complement. */
export function writeOldTime(cursor: ImageCursor): void {
  let value = cursor.uint(3);
  if (value >= 0x80_0000) {
    cursor.byte(MINUS);
    value = 0x100_0000 - value;
  }
  writeDecimalClock(cursor, value);
}

function writeDecimalClock(cursor: ImageCursor, clock: number): void {
  const hour = Math.trunc(clock / 1e4);
  const minute = Math.trunc(clock / 100) % 100;
  const second = clock % 100;
  if (minute > 59 || second > 59)
    throw new RangeError("an old time with a fraction, or damaged");
  writeClock(cursor, hour, minute * SECOND_BITS + second);
}

function writeInstant(
  cursor: ImageCursor,
  seconds: number,
  isZero: boolean,
): void {
  const days = Math.trunc(seconds / 86_400);
  const clock = seconds - days * 86_400;
  if (isZero) writeDay(cursor, 0, 0);
  else writeCivilDay(cursor, days);
  cursor.byte(SPACE);
  const hour = Math.trunc(clock / 3600);
  const minute = Math.trunc(clock / 60) % 60;
  writeClock(cursor, hour, minute * SECOND_BITS + (clock % 60));
}

/** Days since 1970-01-01, in the Gregorian calendar: years begin in March, so that the leap day is a year's last. */
function writeCivilDay(cursor: ImageCursor, days: number): void {
  const shifted = days + 719_468;
  const era = Math.trunc(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.trunc(
    (dayOfEra -
      Math.trunc(dayOfEra / 1460) +
      Math.trunc(dayOfEra / 36_524) -
      Math.trunc(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra -
    (365 * yearOfEra + Math.trunc(yearOfEra / 4) - Math.trunc(yearOfEra / 100));
  const fromMarch = Math.trunc((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.trunc((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  writeDay(cursor, year, month * DAY_BITS + day);
}

function writeDay(cursor: ImageCursor, year: number, monthDay: number): void {
  cursor.padded(year, 4);
  cursor.byte(MINUS);
  cursor.padded(monthDay >>> 5, 2);
  cursor.byte(MINUS);
  cursor.padded(monthDay & 31, 2);
}

function writeClock(
  cursor: ImageCursor,
  hour: number,
  minuteSecond: number,
): void {
  if (hour > 99) cursor.digits(hour);
  else cursor.padded(hour, 2);
  cursor.byte(COLON);
  cursor.padded(minuteSecond >>> 6, 2);
  cursor.byte(COLON);
  cursor.padded(minuteSecond & 63, 2);
}

/** Two decimal digits to a byte, as many bytes as the column's digits need, big-endian. */
function writeFraction(cursor: ImageCursor, fraction: number): void {
  if (fraction === 0) return;
  const bytes = (fraction + 1) >>> 1;
  const first = cursor.take(bytes);
  let value = 0;
  for (let at = first; at < first + bytes; at++)
    value = value * 256 + (cursor.from[at] as number);
  writeFractionDigits(cursor, value, fraction);
}

function writeFractionDigits(
  cursor: ImageCursor,
  value: number,
  fraction: number,
): void {
  cursor.byte(POINT);
  cursor.padded(value, (fraction + 1) & ~1);
  // Stored with an even number of digits; the last is zero then.
  if ((fraction & 1) === 1) cursor.at--;
}

/** What JSON has of times: 64 bits, a signed number: (year × 13 + month, day, hour, minute, second), microseconds 24 bits. */
export function writePackedDatetime(cursor: ImageCursor): void {
  const { micros, date, clock } = takePacked(cursor);
  writePackedDay(cursor, date);
  cursor.byte(SPACE);
  writeClock(cursor, clock >>> 12, clock & 0xfff);
  cursor.byte(POINT);
  cursor.padded(micros, 6);
}

export function writePackedDate(cursor: ImageCursor): void {
  writePackedDay(cursor, takePacked(cursor).date);
}

export function writePackedTime(cursor: ImageCursor): void {
  const { negative, micros, clock, date } = takePacked(cursor);
  if (negative) cursor.byte(MINUS);
  const hours = (clock >>> 12) + (date & 31) * 32;
  writeClock(cursor, hours, clock & 0xfff);
  cursor.byte(POINT);
  cursor.padded(micros, 6);
}

function writePackedDay(cursor: ImageCursor, date: number): void {
  const months = date >>> 5;
  const year = Math.trunc(months / 13);
  const month = months - 13 * year;
  writeDay(cursor, year, month * DAY_BITS + (date & 31));
}

/** `date` is all that lies above the 17 bits of the clock: of a TIME, the upper bits of its hours. */
function takePacked(cursor: ImageCursor): {
  readonly negative: boolean;
  readonly date: number;
  readonly clock: number;
  readonly micros: number;
} {
  const first = cursor.take(8);
  let packed = cursor.from.readBigInt64LE(first);
  const negative = packed < 0n;
  if (negative) packed = -packed;
  const seconds = Number(packed >> 24n);
  return {
    negative,
    date: Math.trunc(seconds / 0x2_0000),
    clock: seconds % 0x2_0000,
    micros: Number(packed & 0xff_ffffn),
  };
}
