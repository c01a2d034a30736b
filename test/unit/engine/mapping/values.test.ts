import { expect, test } from "vitest";
import {
  postgresDouble,
  postgresReal,
} from "../../../../src/engine/mapping/values/floats.ts";
import {
  mysqlJsonNumber,
  postgresJsonNumber,
} from "../../../../src/engine/mapping/values/json-numbers.ts";
import {
  parseArray,
  writeArray,
} from "../../../../src/engine/mapping/values/postgres-arrays.ts";

test("a double has the digits that Postgres gives it", () => {
  // Of src/test/regress/expected/float8.out; the text in the middle of two doubles is no text of either.
  expect(postgresDouble(1e23)).toBe("9.999999999999999e+22");
  expect(postgresDouble(5e-324)).toBe("5e-324");
  expect(postgresDouble(-0)).toBe("-0");
  expect(postgresDouble(2 ** 53)).toBe("9.007199254740992e+15");
  expect(postgresReal(Math.fround(0.1))).toBe("0.1");
  expect(postgresReal(16777216)).toBe("1.6777216e+07");
});

test("every digit reads as the same number again", () => {
  for (let n = 0; n < 2000; n++) {
    const value = Math.fround((n + 1) * 1.37 ** (n % 200) - 7);
    expect(Math.fround(Number(postgresReal(value)))).toBe(value);
    expect(Number(postgresDouble(value * 1.1))).toBe(value * 1.1);
  }
});

test("a JSON number that a double does not hold is refused, and Postgres's has no exponent", () => {
  expect(mysqlJsonNumber("1.50")).toBe("1.5");
  expect(mysqlJsonNumber("18446744073709551615")).toBe("18446744073709551615");
  for (const lost of ["18446744073709551617", "0.1234567890123456789", "1e400"])
    expect(() => mysqlJsonNumber(lost), lost).toThrow(RangeError);
  expect(postgresJsonNumber("1.5e3")).toBe("1500");
  expect(postgresJsonNumber("-1.5e-3")).toBe("-0.0015");
  expect(postgresJsonNumber("-0.0")).toBe("0.0");
});

test("arrays keep NULL and the word apart", () => {
  expect(parseArray('{a,NULL,"NULL","q\\"\\\\",{x}}')).toEqual([
    ...["a", null, "NULL", 'q"\\'],
    ["x"],
  ]);
  expect(writeArray(["a", "null", "", "b c"])).toBe('{a,"null","","b c"}');
});
