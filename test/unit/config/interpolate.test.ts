import { expect, test } from "vitest";
import { interpolate } from "../../../src/config/interpolate.ts";
import { caught } from "../../support/caught.ts";

const env = { A: "one", B: "two", EMPTY: "", TRICKY: "$& ${A} $$" };

test.each([
  ["plain", "plain"],
  ["${A}", "one"],
  ["${A}-${B}", "one-two"],
  ["${A:-x}", "one"],
  ["${UNSET:-x}", "x"],
  ["${EMPTY:-x}", "x"],
  ["${UNSET:-}", ""],
  ["${UNSET:-a:-b/c}", "a:-b/c"],
  ["${EMPTY}", ""],
  ["$${A}", "${A}"],
  ["$A $ {A} 5$", "$A $ {A} 5$"],
  ["${TRICKY}", "$& ${A} $$"],
])("%s becomes %j", (text, expanded) => {
  expect(interpolate(text, env)).toBe(expanded);
});

test.each([
  "${",
  "${}",
  "${A",
  "${1A}",
  "${A:x}",
  "${A-x}",
  "${ A }",
  "${X:-${A}}",
])("%s is refused", async (text) => {
  expect((await caught(() => interpolate(text, env))).code).toBe("CONFIG");
});

test("a variable that is not set is named", async () => {
  const error = await caught(() => interpolate("x${UNSET}", env));
  expect(error.message).toContain("UNSET is not set");
  expect(error.hint).toContain("${UNSET:-default}");
});
