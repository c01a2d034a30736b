/** MySQL's widest DECIMAL (manual, "DECIMAL Data Type Characteristics"). */
export const MOST_PRECISION = 65;
export const MOST_SCALE = 30;

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Of a NUMERIC with a precision, whose text is the same in MySQL. */
export function finiteDecimal(text: string): string {
  if (DECIMAL.test(text)) return text;
  throw new RangeError(text === "NaN" ? "NaN" : "an infinite number");
}

/** Of a NUMERIC without a precision: with all the digits that MySQL's widest DECIMAL prints. */
export function widestDecimal(text: string): string {
  finiteDecimal(text);
  const [, sign = "", whole = "", fraction = ""] = DECIMAL.exec(text) ?? [];
  const digits = fraction.replace(/0+$/, "");
  if (digits.length > MOST_SCALE || whole.length > MOST_PRECISION - MOST_SCALE)
    throw new RangeError(
      `a number with more than ${MOST_PRECISION - MOST_SCALE} digits before the point or ${MOST_SCALE} behind it`,
    );
  return `${sign}${whole}.${digits.padEnd(MOST_SCALE, "0")}`;
}

/** `$1,234.50`, as money is under lc_monetary=C. */
export function moneyDecimal(text: string): string {
  const match = /^(-?)\$([\d,]+\.\d\d)$/.exec(text);
  if (match === null) throw new RangeError("money of an unknown form");
  return `${match[1] ?? ""}${(match[2] ?? "").replaceAll(",", "")}`;
}

/** Postgres's BIT, most significant first → MySQL's canonical unsigned number. */
export function bitsToNumber(text: string): string {
  return BigInt(`0b${text}`).toString();
}

export function numberToBits(text: string, width: number): string {
  return BigInt(text).toString(2).padStart(width, "0");
}
