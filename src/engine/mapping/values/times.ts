const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const CLOCK = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/;

/** Postgres's date → MySQL's, whose years have four digits from 0001 on. */
export function mysqlDate(text: string): string {
  if (DATE.test(text)) return text;
  throw new RangeError(
    text.endsWith("infinity") ? "an infinite date" : "a date outside 0001…9999",
  );
}

/** Postgres's timestamp, with time zone (in UTC) or without → DATETIME with so many digits of a fraction. */
export function mysqlDatetime(text: string, digits: number): string {
  if (text.endsWith("infinity")) throw new RangeError("an infinite time");
  const space = text.indexOf(" ");
  const clock = text.slice(space + 1);
  if (space === -1 || clock.endsWith("BC"))
    throw new RangeError("a time outside the years 0001…9999");
  return `${mysqlDate(text.slice(0, space))} ${mysqlTime(clock.replace(/\+00$/, ""), digits)}`;
}

/** Postgres leaves zeros at the end of a fraction away, MySQL writes them. */
export function mysqlTime(text: string, digits: number): string {
  const match = CLOCK.exec(text);
  if (match === null) throw new RangeError("a time of an unknown form");
  if (digits === 0) return text;
  const point = text.indexOf(".");
  const [whole, fraction] =
    point === -1 ? [text, ""] : [text.slice(0, point), text.slice(point + 1)];
  return `${whole}.${fraction.padEnd(digits, "0")}`;
}

/** MySQL has dates that are none: zero, with parts of zero, of the year 0000, and under ALLOW_INVALID_DATES 31 February. */
export function postgresDate(text: string): string {
  const match = DATE.exec(text);
  const [year, month, day] = (match ?? []).slice(1).map(Number);
  if (year === undefined || month === undefined || day === undefined)
    throw new RangeError("a date of an unknown form");
  if (year === 0 || month === 0 || day === 0)
    throw new RangeError(
      year + month + day === 0 ? "a zero date" : "a date with a part of zero",
    );
  if (day > daysOf(year, month))
    throw new RangeError("a day that its month does not have");
  return text;
}

/** MySQL's DATETIME → timestamp. */
export function postgresTimestamp(text: string): string {
  return `${postgresDate(text.slice(0, 10))} ${withoutZeros(text.slice(11))}`;
}

/** MySQL's TIMESTAMP, in UTC → timestamptz as it is written in UTC. */
export function postgresInstant(text: string): string {
  return `${postgresTimestamp(text)}+00`;
}

/** A TIME is a duration in MySQL, up to 838 hours and negative. */
export function postgresTime(text: string): string {
  const match = CLOCK.exec(text);
  const hours = Number(match?.[1]);
  if (
    match === null ||
    hours > 24 ||
    (hours === 24 && !/^24[:0.]+$/.test(text))
  )
    throw new RangeError("a time below zero or beyond 24 hours");
  return withoutZeros(text);
}

function withoutZeros(clock: string): string {
  return clock.includes(".") ? clock.replace(/\.?0+$/, "") : clock;
}

function daysOf(year: number, month: number): number {
  if (month === 2)
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
