import { jsonDouble } from "../../mysql/values/json-double.ts";

const LEAST_INT64 = -(2n ** 63n);
const MOST_UINT64 = 2n ** 64n - 1n;

/**
 * MySQL keeps a JSON number as a 64-bit integer, or as a double: then the shortest text of the double has to be the same number. Throws
 * RangeError where it is not.
 */
export function mysqlJsonNumber(source: string): string {
  if (/^-?\d+$/.test(source)) {
    const whole = BigInt(source);
    if (whole >= LEAST_INT64 && whole <= MOST_UINT64) return whole.toString();
  }
  const value = Number(source);
  if (!Number.isFinite(value) || !isSameNumber(source, String(value)))
    throw new RangeError("a JSON number that MySQL would round");
  return jsonDouble(value);
}

/** Postgres keeps every digit, and writes no exponent: as its numeric is written. */
export function postgresJsonNumber(source: string): string {
  const { digits, scale, sign } = parseNumber(source);
  if (scale <= 0)
    return `${zeroless(sign, digits)}${digits === "0" ? "" : "0".repeat(-scale)}`;
  const padded = digits.padStart(scale + 1, "0");
  const at = padded.length - scale;
  return `${zeroless(sign, `${padded.slice(0, at)}.${padded.slice(at)}`)}`;
}

/** numeric has no zero below zero. */
function zeroless(sign: string, text: string): string {
  return /[1-9]/.test(text) ? `${sign}${text}` : text;
}

function isSameNumber(a: string, b: string): boolean {
  const [left, right] = [normalise(a), normalise(b)];
  return (
    left.sign === right.sign &&
    left.digits === right.digits &&
    (left.digits === "0" || left.scale === right.scale)
  );
}

interface Parsed {
  readonly sign: string;
  /** Without zeros in front. */
  readonly digits: string;
  /** How many of them are behind the point; negative: so many zeros follow. */
  readonly scale: number;
}

function parseNumber(source: string): Parsed {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source);
  if (match === null) throw new RangeError("a JSON number of an unknown form");
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  return {
    sign,
    digits: `${whole}${fraction}`.replace(/^0+(?=\d)/, ""),
    scale: fraction.length - Number(exponent),
  };
}

function normalise(source: string): Parsed {
  const { sign, digits, scale } = parseNumber(source);
  const short = digits.replace(/0+$/, "");
  if (short === "") return { sign, digits: "0", scale: 0 };
  return { sign, digits: short, scale: scale - (digits.length - short.length) };
}
