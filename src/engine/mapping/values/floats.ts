/** Postgres writes an exponent from so many digits on, and below 1e-4, in two digits at least (src/common/d2s.c, f2s.c). */
const MOST_DIGITS = { double: 15, real: 6 };
const LEAST_EXPONENT = -4;
/** From here on the middle between two doubles has as few digits as a double has. */
const MIDDLES_FROM = 2 ** 52;

/** Of Postgres's text of a double or float. Throws RangeError on what MySQL has no number for. */
export function finiteNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && text !== "") return value;
  throw new RangeError(`${text === "NaN" ? "NaN" : "an infinite number"}`);
}

/** MySQL's canonical text of a double. */
export function canonicalNumber(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** MariaDB's zero has no sign. */
export function unsignedZero(value: number): string {
  return value === 0 ? "0" : String(value);
}

/** The shortest digits that read as the same double, as Postgres writes them. */
export function postgresDouble(value: number): string {
  // JavaScript takes the middle between two doubles for a text of the even one; Postgres does not.
  const digits =
    Math.abs(value) < MIDDLES_FROM
      ? shortest(value)
      : strictly(value, { neighbours: nextDoubles(value), most: 17 });
  return postgresForm(value, digits, MOST_DIGITS.double);
}

/** Of the double that is a float's value. */
export function postgresReal(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const neighbours = nextFloats(value);
  const digits = strictly(value, { neighbours, most: 9 });
  return postgresForm(value, digits, MOST_DIGITS.real);
}

interface Digits {
  readonly digits: string;
  /** Of the first digit. */
  readonly exponent: number;
}

function shortest(value: number): Digits {
  return split(Math.abs(value).toExponential());
}

function split(text: string): Digits {
  const [mantissa = "", exponent] = text.split("e");
  return {
    digits: mantissa.replace(".", "").replace(/0+$/, "") || "0",
    exponent: Number(exponent),
  };
}

/** The fewest digits that lie strictly nearer to the value than to its neighbours. */
function strictly(
  value: number,
  of: { readonly neighbours: readonly [bigint, bigint]; readonly most: number },
): Digits {
  const absolute = Math.abs(value);
  for (let count = 1; count < of.most; count++) {
    const nearest = split(absolute.toExponential(count - 1));
    for (const digits of [nearest, increment(nearest, count)])
      if (isBetween(digits, of.neighbours)) return digits;
  }
  return split(absolute.toExponential(of.most - 1));
}

/** Where the gap below a power of two is narrower than the one above, the next digits may do where the nearest do not. */
function increment({ digits, exponent }: Digits, count: number): Digits {
  const next = String(BigInt(digits.padEnd(count, "0")) + 1n);
  return {
    digits: next.replace(/0+$/, "") || "0",
    exponent: exponent + next.length - count,
  };
}

/** All numbers in units of 2^-1076, a quarter of the least double: exact. */
const UNIT_BITS = 1076n;

function isBetween(
  { digits, exponent }: Digits,
  [low, high]: readonly [bigint, bigint],
): boolean {
  const power = exponent - (digits.length - 1);
  const scaled = BigInt(digits) << UNIT_BITS;
  if (power >= 0) {
    const exact = scaled * 10n ** BigInt(power);
    return low < exact && exact < high;
  }
  const divisor = 10n ** BigInt(-power);
  return low * divisor < scaled && scaled < high * divisor;
}

/** The middles to the next doubles below and above, of an absolute value, in units. */
function nextDoubles(value: number): readonly [bigint, bigint] {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, Math.abs(value));
  const raw = bits.getBigUint64(0);
  const exponent = raw >> 52n;
  const fraction = raw & ((1n << 52n) - 1n);
  return middles({
    mantissa: exponent === 0n ? fraction : fraction | (1n << 52n),
    halfStep: 1n << (exponent === 0n ? 1n : exponent),
    isPower: fraction === 0n && exponent > 1n,
  });
}

function nextFloats(value: number): readonly [bigint, bigint] {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, Math.abs(value));
  const raw = bits.getUint32(0);
  const exponent = raw >>> 23;
  const fraction = raw & 0x7f_ffff;
  return middles({
    mantissa: BigInt(exponent === 0 ? fraction : fraction | 0x80_0000),
    // A float's least step is 2^-149, a double's 2^-1074.
    halfStep: 1n << (BigInt(exponent === 0 ? 1 : exponent) + 925n),
    isPower: fraction === 0 && exponent > 1,
  });
}

/** Below a power of two the steps are half as wide. */
function middles(of: {
  readonly mantissa: bigint;
  readonly halfStep: bigint;
  readonly isPower: boolean;
}): readonly [bigint, bigint] {
  const { mantissa, halfStep, isPower } = of;
  const value = mantissa * 2n * halfStep;
  return [value - (isPower ? halfStep / 2n : halfStep), value + halfStep];
}

function postgresForm(
  value: number,
  { digits, exponent }: Digits,
  mostDigits: number,
): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const sign = value < 0 ? "-" : "";
  if (exponent < LEAST_EXPONENT || exponent >= mostDigits) {
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const power = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${digits[0]}${rest}e${exponent < 0 ? "-" : "+"}${power}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1)
    return `${sign}${digits.padEnd(exponent + 1, "0")}`;
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
