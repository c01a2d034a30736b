import { expect, test } from "vitest";
import { jsonWithDecimals } from "../../../../../src/engine/mysql/values/json-decimals.ts";

test.each([
  "{}",
  "[1.0, 1e100, -5, 18446744073709551615, -9223372036854775808, 0.1, 1e-16, 1e15, -0.0, 5e-324]",
  '{"price": "10.00", "1.50": [1.5, "2.50"]}',
  '"10.00"',
  "null",
])("%s is read from its text alone", (text) => {
  expect(jsonWithDecimals(text, "@c")).toBeUndefined();
});

test.each([
  ["10.00", "$", "10.00", "4,2"],
  ["-0.50", "$", "-0.50", "2,2"],
  ["18446744073709551616", "$", "18446744073709551616", "20,0"],
  ['{"a": 10.00}', '$."a"', "10.00", "4,2"],
  ['{"b": [1, {"c": 0}, 2.50]}', '$."b"[2]', "2.50", "3,2"],
  ['[[], {"x": "y"}, [1, [3.10]]]', "$[2][1][0]", "3.10", "3,2"],
  ['{"it\'s \\"x\\\\": 1.10}', '$."it\'s \\"x\\\\"', "1.10", "3,2"],
])("%s is told that %s is a DECIMAL", (text, path, number, type) => {
  const hex = Buffer.from(path).toString("hex");
  expect(jsonWithDecimals(text, "@c")).toBe(
    `JSON_REPLACE(CAST(@c AS JSON), _utf8mb4 x'${hex}', CAST('${number}' AS DECIMAL(${type})))`,
  );
});

test("what is no JSON is refused", () => {
  expect(() => jsonWithDecimals("{1.50 x}", "@c")).toThrow(RangeError);
});
