import { expect, test } from "vitest";
import {
  quoteIdentifier,
  quoteLiteral,
  quoteQualified,
} from "../../../../src/engine/postgres/quote.ts";

test("identifiers are always quoted, and their quotes doubled", () => {
  expect(quoteIdentifier("orders")).toBe('"orders"');
  expect(quoteIdentifier('a"b"')).toBe('"a""b"""');
  expect(quoteQualified("My Schema", "t.x")).toBe('"My Schema"."t.x"');
});

test("literals mean the same whatever standard_conforming_strings says", () => {
  expect(quoteLiteral("it's")).toBe("'it''s'");
  expect(quoteLiteral("")).toBe("''");
  expect(quoteLiteral("a\\'b")).toBe("E'a\\\\''b'");
});
