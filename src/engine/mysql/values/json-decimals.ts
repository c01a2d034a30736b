import { jsonDouble } from "./json-double.ts";

/*
 * JSON of MySQL has DECIMAL besides integers and doubles, of JSON_OBJECT('price', price) for example: {"price": 10.00}. Of text the server makes a
 * double of it, and writes {"price": 10.0}. Only a number that a double is not written as needs more than the text: it is put into the document by
 * its path. What else an SQL value left in JSON (dates, bytes) is a string with the same text once it is read from text.
 */

/** A number at a path as JSON_REPLACE takes it, `$."key"[3]`. */
interface Patch {
  readonly path: string;
  readonly number: string;
}

/** Most text has none, and this is sooner known: a point or an exponent, or more digits than integers have. */
const CANDIDATE = /[0-9][.eE]|[0-9]{19}/;

/**
 * SQL of exactly this JSON text, as the server wrote it, or undefined where `CAST(text AS JSON)` gives it. `document` is the SQL of the text itself, in
 * utf8mb4. Throws RangeError when the text is no JSON.
 */
export function jsonWithDecimals(
  text: string,
  document: string,
): string | undefined {
  if (!CANDIDATE.test(text)) return undefined;
  const patches = findDecimals(text);
  if (patches.length === 0) return undefined;
  const places = patches.map(
    ({ path, number }) => `${utf8Literal(path)}, ${decimalLiteral(number)}`,
  );
  return `JSON_REPLACE(CAST(${document} AS JSON), ${places.join(", ")})`;
}

const TOKEN =
  /\s*(?:([[\]{},:])|("(?:[^"\\]|\\.)*")|(-?[0-9][0-9.eE+-]*)|(true|false|null))/gsy;

/** An object or an array that is open, and the leg of the path to what comes next in it. */
interface Level {
  readonly isObject: boolean;
  key: string;
  index: number;
}

function findDecimals(text: string): readonly Patch[] {
  const levels: Level[] = [];
  const patches: Patch[] = [];
  let expectsKey = false;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) throw new RangeError("a text that is no JSON");
    const [, sign, string, number] = match;
    const level = levels.at(-1);
    if (sign === "{" || sign === "[") {
      levels.push({ isObject: sign === "{", key: "", index: 0 });
      expectsKey = sign === "{";
    } else if (sign === "}" || sign === "]") {
      levels.pop();
      expectsKey = false;
    } else if (sign === ",") {
      if (level?.isObject === true) expectsKey = true;
      else if (level !== undefined) level.index++;
    } else if (string !== undefined && expectsKey && level !== undefined) {
      level.key = string;
      expectsKey = false;
    } else if (number !== undefined && isDecimal(number)) {
      patches.push({ path: pathOf(levels), number });
    }
  }
  return patches;
}

function pathOf(levels: readonly Level[]): string {
  const legs = levels.map(({ isObject, key, index }) =>
    isObject ? `.${key}` : `[${index}]`,
  );
  return `$${legs.join("")}`;
}

const LEAST_INTEGER = -(2n ** 63n);
const MOST_INTEGER = 2n ** 64n - 1n;

function isDecimal(number: string): boolean {
  if (/^-?[0-9]+$/.test(number)) {
    const value = BigInt(number);
    return value < LEAST_INTEGER || value > MOST_INTEGER;
  }
  // The server writes no DECIMAL with an exponent.
  return !/[eE]/.test(number) && jsonDouble(Number(number)) !== number;
}

function decimalLiteral(number: string): string {
  const [whole = "", fraction = ""] = number.replace("-", "").split(".");
  const digits =
    whole === "0" ? fraction.length : whole.length + fraction.length;
  if (!/^[0-9]+$/.test(whole + fraction))
    throw new RangeError("a text that is no JSON");
  return `CAST('${number}' AS DECIMAL(${Math.max(digits, 1)},${fraction.length}))`;
}

function utf8Literal(text: string): string {
  return `_utf8mb4 x'${Buffer.from(text).toString("hex")}'`;
}
