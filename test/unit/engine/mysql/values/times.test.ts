import fc from "fast-check";
import { expect, test } from "vitest";
import { COLUMN_TYPE } from "../../../../../src/engine/mysql/values/column.ts";
import {
  columnOf,
  textOfValue,
} from "../../../../support/mysql-image-values.ts";

const fractions = fc.record({
  digits: fc.integer({ min: 0, max: 6 }),
  micros: fc.integer({ min: 0, max: 999_999 }),
});

interface Fraction {
  readonly digits: number;
  readonly micros: number;
}

/** In the column's digits, two to a byte. */
function fractionOf({ digits, micros }: Fraction): {
  readonly value: number;
  readonly bytes: number;
  readonly text: string;
} {
  const bytes = Math.ceil(digits / 2);
  const kept = Math.trunc(micros / 10 ** (6 - digits));
  const text = digits === 0 ? "" : `.${String(kept).padStart(digits, "0")}`;
  return { value: digits % 2 === 1 ? kept * 10 : kept, bytes, text };
}

function bytesOf(value: bigint, bytes: number): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * bytes, "0"), "hex");
}

test("TIMESTAMP is UTC, and zero is the zero date", () => {
  const column = (digits: number) => columnOf(COLUMN_TYPE.timestamp, digits);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      fractions,
      (seconds, fraction) => {
        const { value, bytes, text } = fractionOf(fraction);
        const day = new Date(seconds * 1000).toISOString();
        const image = Buffer.concat([
          bytesOf(BigInt(seconds), 4),
          bytesOf(BigInt(value), bytes),
        ]);
        expect(textOfValue(column(fraction.digits), image)).toBe(
          `${day.slice(0, 10)} ${day.slice(11, 19)}${text}`,
        );
      },
    ),
    { numRuns: 500 },
  );
  expect(textOfValue(column(3), Buffer.alloc(6))).toBe(
    "0000-00-00 00:00:00.000",
  );
  const half = Buffer.from("0000000007a120", "hex");
  expect(textOfValue(column(6), half)).toBe("1970-01-01 00:00:00.500000");
});

test("DATETIME of any parts", () => {
  const parts = fc.tuple(
    fc.integer({ min: 0, max: 9999 }),
    fc.integer({ min: 0, max: 12 }),
    fc.integer({ min: 0, max: 31 }),
    fc.integer({ min: 0, max: 23 }),
    fc.integer({ min: 0, max: 59 }),
    fc.integer({ min: 0, max: 59 }),
  );
  fc.assert(
    fc.property(parts, fractions, (clock, fraction) => {
      const { value, bytes, text } = fractionOf(fraction);
      const [year, month, day, hour, minute, second] = clock;
      let packed = BigInt(year * 13 + month);
      for (const [part, bits] of [
        [day, 5n],
        [hour, 5n],
        [minute, 6n],
        [second, 6n],
      ] as const)
        packed = (packed << bits) | BigInt(part);
      const image = Buffer.concat([
        bytesOf(packed + 0x80_0000_0000n, 5),
        bytesOf(BigInt(value), bytes),
      ]);
      const [yyyy = "", ...rest] = clock.map((part, at) =>
        String(part).padStart(at === 0 ? 4 : 2, "0"),
      );
      const expected = `${yyyy}-${rest[0]}-${rest[1]} ${rest.slice(2).join(":")}${text}`;
      const column = columnOf(COLUMN_TYPE.datetime, fraction.digits);
      expect(textOfValue(column, image)).toBe(expected);
    }),
  );
});

test("TIME, negative as the complement of all its bytes", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 838 * 3600 + 59 * 60 + 59 }),
      fractions,
      fc.boolean(),
      (seconds, fraction, isNegative) => {
        const { value, bytes, text } = fractionOf(fraction);
        const negative = isNegative && (seconds > 0 || value > 0);
        const hour = Math.trunc(seconds / 3600);
        const minute = Math.trunc(seconds / 60) % 60;
        const whole = (hour << 12) | (minute << 6) | (seconds % 60);
        const unit = 256n ** BigInt(bytes);
        const packed = BigInt(whole) * unit + BigInt(value);
        const zero = 0x80_0000n * unit;
        const image = bytesOf(
          negative ? zero - packed : zero + packed,
          3 + bytes,
        );
        const clock = [hour, minute, seconds % 60]
          .map((part) => String(part).padStart(2, "0"))
          .join(":");
        const column = columnOf(COLUMN_TYPE.time, fraction.digits);
        expect(textOfValue(column, image)).toBe(
          `${negative ? "-" : ""}${clock}${text}`,
        );
      },
    ),
    { numRuns: 500 },
  );
});

test("DATE of any parts", () => {
  const image = Buffer.alloc(3);
  image.writeUIntLE(9999 * 512 + 0 * 32 + 31, 0, 3);
  expect(textOfValue(columnOf(COLUMN_TYPE.date), image)).toBe("9999-00-31");
  expect(textOfValue(columnOf(COLUMN_TYPE.date), Buffer.alloc(3))).toBe(
    "0000-00-00",
  );
});
