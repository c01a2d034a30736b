import { convertText, SAME, type Conversion } from "./conversion.ts";

/** A type of the source as a type of the target. */
export interface MappedType {
  /** In the target's SQL. */
  readonly type: string;
  readonly conversion: Conversion;
  /** What is not as it was: `becomes json`, `is not kept: …`. For people. */
  readonly remark?: string;
  /** Both sides of a foreign key must have the same. */
  readonly comparable: string;
  /** A constant of the source's canonical text in the target's SQL; throws RangeError. Absent: no default is mapped. */
  readonly literal?: (text: string) => string;
  /** The current time as a default, in the target's SQL. */
  readonly now?: string;
}

/** A number as SQL has it. Throws RangeError. */
export function numberLiteral(text: string): string {
  if (/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)) return text;
  throw new RangeError("a default that is no number");
}

/** A type whose defaults are written without quotes. */
export function unquotedType(
  type: string,
  conversion: Conversion = SAME,
): MappedType {
  return {
    ...{ type, conversion },
    comparable: type,
    literal: (text) => numberLiteral(convertText(conversion, text)),
  };
}

/** Why a type is not mapped. */
export interface RefusedType {
  readonly refused: string;
}

/** A type's name without what stands in its parentheses, and that. */
export interface TypeParts {
  readonly name: string;
  readonly numbers: readonly number[];
}

/** `timestamp(3) without time zone` → `timestamp without time zone`, [3]. */
export function typeParts(type: string): TypeParts {
  const match = /^([^(]*)\((-?\d+(?:,\s*-?\d+)*)\)(.*)$/.exec(type);
  if (match === null) return { name: type, numbers: [] };
  const [, before = "", numbers = "", after = ""] = match;
  return {
    name: `${before}${after}`,
    numbers: numbers.split(",").map(Number),
  };
}
