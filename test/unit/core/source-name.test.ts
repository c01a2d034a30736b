import { expect, test } from "vitest";
import { parseSourceName } from "../../../src/core/source-name.ts";
import { caught } from "../../support/caught.ts";

test.each(["a", "0", "orders", "orders-2_eu", "x".repeat(63)])(
  "%s is a source name",
  (name) => {
    expect(parseSourceName(name)).toBe(name);
  },
);

test.each([
  "",
  "Orders",
  "-a",
  "_a",
  "a.b",
  "a/b",
  "..",
  "a b",
  "a\n",
  "é",
  "x".repeat(64),
])("%j is not a source name", async (name) => {
  expect((await caught(() => parseSourceName(name))).code).toBe("USAGE");
});
