import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COLUMN_TYPE } from "../../../../../src/engine/mysql/values/column.ts";
import {
  columnOf,
  textOfValue,
} from "../../../../support/mysql-image-values.ts";

const INTEGERS = [
  [COLUMN_TYPE.tinyint, 8],
  [COLUMN_TYPE.smallint, 16],
  [COLUMN_TYPE.mediumint, 24],
  [COLUMN_TYPE.int, 32],
  [COLUMN_TYPE.bigint, 64],
] as const;

/** Small, large, and around every power of ten and of two. */
function integers(bits: number): fc.Arbitrary<bigint> {
  const limit = 1n << BigInt(bits);
  const powers = [2n, 10n].flatMap((base) =>
    Array.from({ length: 64 }, (_, exponent) => base ** BigInt(exponent)),
  );
  const near = powers
    .flatMap((power) => [power - 1n, power, power + 1n])
    .filter((value) => value < limit);
  return fc.oneof(
    fc.bigInt({ min: 0n, max: limit - 1n }),
    fc.constantFrom(...near, limit - 1n, limit / 2n, 0n),
  );
}

function littleEndian(value: bigint, bits: number): Buffer {
  return bigEndian(value, bits).reverse();
}

function bigEndian(value: bigint, bits: number): Buffer {
  const hex = value.toString(16).padStart(2 * Math.ceil(bits / 8), "0");
  return Buffer.from(hex, "hex");
}

test.each(INTEGERS)("integers of type %i", (type, bits) => {
  fc.assert(
    fc.property(integers(bits), (value) => {
      const bytes = littleEndian(value, bits);
      const unsigned = columnOf(type, 0, { unsigned: true });
      expect(textOfValue(unsigned, bytes)).toBe(String(value));
      expect(textOfValue(columnOf(type), bytes)).toBe(
        String(BigInt.asIntN(bits, value)),
      );
    }),
  );
});

test("BIT, ENUM and SET of every width", () => {
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 64 })
        .chain((bits) => fc.tuple(fc.constant(bits), integers(bits))),
      ([bits, value]) => {
        const bit = columnOf(COLUMN_TYPE.bit, bits);
        expect(textOfValue(bit, bigEndian(value, bits))).toBe(String(value));
        const bytes = Math.ceil(bits / 8);
        const set = columnOf(COLUMN_TYPE.set, bytes);
        expect(textOfValue(set, littleEndian(value, bits))).toBe(String(value));
      },
    ),
  );
});

const GROUP_BYTES = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

/** As the server packs it. */
function decimal(digits: string, scale: number, negative: boolean): Buffer {
  const whole = digits.slice(0, digits.length - scale);
  const groups = [
    ...cut(whole, whole.length % 9 || 9),
    ...cut(digits.slice(whole.length), 9),
  ];
  const bytes = Buffer.concat(
    groups.map((group) =>
      bigEndian(BigInt(group), 8 * (GROUP_BYTES[group.length] as number)),
    ),
  );
  bytes[0] = (bytes[0] as number) ^ 0x80;
  return negative ? Buffer.from(bytes.map((byte) => byte ^ 0xff)) : bytes;
}

function cut(text: string, first: number): string[] {
  const parts: string[] = [];
  for (let at = 0, size = first; at < text.length; at += size, size = 9) {
    if (at > 0) size = 9;
    parts.push(text.slice(at, at + size));
  }
  return parts;
}

test("DECIMAL of every precision and scale", () => {
  const cases = fc.integer({ min: 1, max: 65 }).chain((precision) =>
    fc.record({
      digits: fc.oneof(
        fc.string({
          unit: fc.constantFrom(..."0123456789"),
          minLength: precision,
          maxLength: precision,
        }),
        fc.constantFrom("0", "9").map((digit) => digit.repeat(precision)),
      ),
      scale: fc.integer({ min: 0, max: Math.min(30, precision) }),
      negative: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(cases, ({ digits, scale, negative }) => {
      const column = columnOf(COLUMN_TYPE.decimal, digits.length * 256 + scale);
      const whole = digits.slice(0, digits.length - scale).replace(/^0+/, "");
      const fraction = scale === 0 ? "" : `.${digits.slice(-scale)}`;
      expect(textOfValue(column, decimal(digits, scale, negative))).toBe(
        `${negative ? "-" : ""}${whole || "0"}${fraction}`,
      );
    }),
    { numRuns: 500 },
  );
});

describe("floating point", () => {
  test("is the shortest text of the double, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (value) => {
          const bytes = Buffer.alloc(8);
          bytes.writeDoubleLE(value);
          const text = textOfValue(columnOf(COLUMN_TYPE.double, 8), bytes);
          expect(Object.is(Number(text), value)).toBe(true);
          if (value !== 0) expect(text).toBe(String(value));
        },
      ),
    );
  });

  test("of a FLOAT it is that of its exact double", () => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(0.1);
    expect(textOfValue(columnOf(COLUMN_TYPE.float, 4), bytes)).toBe(
      "0.10000000149011612",
    );
  });
});

test("YEAR has four digits", () => {
  const year = columnOf(COLUMN_TYPE.year);
  expect(textOfValue(year, Buffer.from([0]))).toBe("0000");
  expect(textOfValue(year, Buffer.from([1]))).toBe("1901");
  expect(textOfValue(year, Buffer.from([255]))).toBe("2155");
});
