import { expect, test } from "vitest";
import {
  COLUMN_TYPE,
  type MysqlColumn,
} from "../../../../../src/engine/mysql/values/column.ts";
import { TextRowReader } from "../../../../../src/engine/mysql/values/text-row-reader.ts";
import { AvroWriter } from "../../../../../src/format/avro-writer.ts";
import { columnOf } from "../../../../support/mysql-image-values.ts";

const TEXT = columnOf(COLUMN_TYPE.varchar, 255);
const INT = columnOf(COLUMN_TYPE.int);
const DECIMAL = columnOf(COLUMN_TYPE.decimal, 10 * 256 + 2);
const DOUBLE = columnOf(COLUMN_TYPE.double, 8);

function packed(value: string | Buffer | null): Buffer {
  if (value === null) return Buffer.from([0xfb]);
  const bytes = Buffer.from(value);
  const { length } = bytes;
  const head =
    length < 251
      ? [length]
      : length < 65536
        ? [0xfc, length & 0xff, length >>> 8]
        : [0xfd, length & 0xff, (length >>> 8) & 0xff, length >>> 16];
  return Buffer.concat([Buffer.from(head), bytes]);
}

function lineOf(columns: readonly MysqlColumn[], packet: Buffer): string {
  const out = new AvroWriter(16);
  out.writeRaw(Buffer.from("kept"));
  new TextRowReader(columns).writeLine(out, packet);
  const line = out.cut().toString("latin1");
  expect(line.slice(0, 4)).toBe("kept");
  return line.slice(4);
}

test("null and empty are two things, and escapes are COPY's", () => {
  const packet = Buffer.concat(
    [null, "", "\b\t\n\v\f\r\\ \0\x1a'\""].map(packed),
  );
  expect(lineOf([TEXT, TEXT, TEXT], packet)).toBe(
    "\\N\t\t\\b\\t\\n\\v\\f\\r\\\\ \0\x1a'\"\n",
  );
});

test("numbers lose the zeros of ZEROFILL, and no other", () => {
  const cases = [
    ["000", "0"],
    ["007", "7"],
    ["0", "0"],
    ["-10", "-10"],
    ["100", "100"],
  ] as const;
  for (const [text, expected] of cases)
    expect(lineOf([INT], packed(text))).toBe(`${expected}\n`);
  const decimals = [
    ["00000000.50", "0.50"],
    ["00000012.00", "12.00"],
    ["-0.05", "-0.05"],
    ["0.00", "0.00"],
  ] as const;
  for (const [text, expected] of decimals)
    expect(lineOf([DECIMAL], packed(text))).toBe(`${expected}\n`);
  expect(lineOf([TEXT], packed("007"))).toBe("007\n");
});

test("doubles have JavaScript's exponent", () => {
  const cases = [
    ["1e15", "1000000000000000"],
    ["1.5e300", "1.5e+300"],
    ["0.0000001", "1e-7"],
    ["-0", "-0"],
    ["0.10000000149011612", "0.10000000149011612"],
    ["0000000012.50", "12.5"],
  ] as const;
  for (const [text, expected] of cases)
    expect(lineOf([DOUBLE], packed(text))).toBe(`${expected}\n`);
  expect(lineOf([DOUBLE], packed(null))).toBe("\\N\n");
  expect(() => lineOf([DOUBLE], packed("nan"))).toThrow("no number");
});

test.each([250, 251, 65_535, 65_536, 3_000_000])(
  "a value of %i bytes",
  (size) => {
    for (const filling of ["x", "\\", "ab\n"]) {
      const value = Buffer.alloc(size, filling);
      const expected = value
        .toString()
        .replaceAll("\\", "\\\\")
        .replaceAll("\n", "\\n");
      const packet = Buffer.concat([packed(value), packed("z")]);
      expect(lineOf([TEXT, TEXT], packet) === `${expected}\tz\n`).toBe(true);
    }
  },
);

test("what is not a row of these columns is refused", () => {
  const row = Buffer.concat([packed("a"), packed("b".repeat(300))]);
  for (let size = 0; size < row.length; size++)
    expect(() => lineOf([TEXT, TEXT], row.subarray(0, size))).toThrow(
      RangeError,
    );
  expect(() => lineOf([TEXT], row)).toThrow(
    "a row that is not one of its table",
  );
  expect(() => lineOf([TEXT], Buffer.from([0xff]))).toThrow(RangeError);
});
