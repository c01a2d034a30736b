import { TidemarkError } from "./errors.ts";

/** Microseconds since 1970-01-01T00:00:00Z. Never a `Date`: that has milliseconds and a time zone. */
export type Micros = bigint;

const RFC3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt ]((?:[01]\d|2[0-3]):\d{2}:\d{2})(?:\.(\d{1,6})\d*)?([Zz]|[+-]\d{2}:\d{2})$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$/;

/** `2026-11-21T10:00:00.000000Z`: RFC 3339, UTC, always six digits, so that text order is time order. */
export function formatInstant(at: Micros): string {
  const floorSeconds =
    at >= 0n ? at / 1_000_000n : -((-at + 999_999n) / 1_000_000n);
  const micros = at - floorSeconds * 1_000_000n;
  const seconds = new Date(Number(floorSeconds) * 1000)
    .toISOString()
    .slice(0, 19);
  return `${seconds}.${micros.toString().padStart(6, "0")}Z`;
}

/** RFC 3339 with an offset. Digits beyond microseconds are dropped (a time means "at or before"). */
export function parseInstant(text: string): Micros {
  const match = RFC3339.exec(text);
  const milliseconds =
    match === null || !isDay(match[1] ?? "")
      ? NaN
      : Date.parse(`${match[1]}T${match[2]}${match[4]?.toUpperCase()}`);
  if (match === null || Number.isNaN(milliseconds)) {
    throw new TidemarkError(
      "USAGE",
      `"${text}" is not an RFC 3339 time with an offset`,
      {
        hint: LOCAL.test(text)
          ? `say which zone: ${completed(text)}Z or …+02:00`
          : "for example 2026-11-21T10:00:00Z, or 10m-ago",
      },
    );
  }
  return (
    BigInt(milliseconds) * 1000n + BigInt((match[3] ?? "0").padEnd(6, "0"))
  );
}

/** A local time with what RFC 3339 wants of it, so that the form shown is one that is taken. */
function completed(text: string): string {
  const [day = "", time = "00:00:00"] = text.split(/[Tt ]/);
  return `${day}T${time}${time.length === 5 ? ":00" : ""}`;
}

/** `Date.parse` takes 30 February for 2 March; a restore to a day that does not exist must not. */
function isDay(text: string): boolean {
  const midnight = Date.parse(`${text}T00:00:00Z`);
  return (
    !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(text)
  );
}
