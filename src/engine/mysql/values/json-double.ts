/** Beyond so many digits before the point the server writes an exponent, unless digits follow there (include/mysql/strings/dtoa.h). */
const MOST_DIGITS = 15;

/**
 * A double as MySQL writes it into JSON text: the shortest digits that read as the same number, as JavaScript has them, but other rules for the
 * exponent (strings/dtoa.cc, my_gcvt), and ".0" where it would read as an integer.
 */
export function jsonDouble(value: number): string {
  if (value === 0) return 1 / value < 0 ? "-0.0" : "0.0";
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e") as [
    string,
    string,
  ];
  const sign = value < 0 ? "-" : "";
  const digits = mantissa.replace(".", "");
  /** Digits before the point. */
  const point = Number(exponent) + 1;
  if (
    point < 1 - MOST_DIGITS ||
    (point > MOST_DIGITS && digits.length <= point)
  ) {
    return `${sign}${mantissa}e${point - 1}`;
  }
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (digits.length <= point) return `${sign}${digits.padEnd(point, "0")}.0`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
