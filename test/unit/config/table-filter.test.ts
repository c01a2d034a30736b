import { expect, test } from "vitest";
import {
  checkTablePattern,
  tableFilter,
} from "../../../src/config/table-filter.ts";
import { caught } from "../../support/caught.ts";

interface TableName {
  readonly namespace: string;
  readonly name: string;
}

test.each<[readonly string[], TableName, boolean]>([
  [[], { namespace: "app", name: "orders" }, true],
  [["app.*"], { namespace: "app", name: "orders" }, true],
  [["app.*"], { namespace: "application", name: "orders" }, false],
  [["app.*"], { namespace: "app", name: "with.dot" }, true],
  [["*.orders"], { namespace: "any", name: "orders" }, true],
  [["app.orders"], { namespace: "app", name: "Orders" }, false],
  [["app.ord*s"], { namespace: "app", name: "orders" }, true],
  [["app.ord*s"], { namespace: "app", name: "orders_old" }, false],
  [["a+b.*"], { namespace: "aab", name: "t" }, false],
  [["a+b.*"], { namespace: "a+b", name: "t" }, true],
  [["!app.tmp_*"], { namespace: "app", name: "orders" }, true],
  [["!app.tmp_*"], { namespace: "app", name: "tmp_1" }, false],
  [["app.*", "!app.tmp_*"], { namespace: "app", name: "tmp_1" }, false],
  [["!app.tmp_*", "app.*"], { namespace: "app", name: "tmp_1" }, false],
  [["app.*", "!app.tmp_*"], { namespace: "other", name: "orders" }, false],
])("%j on %j: %s", (patterns, table, selected) => {
  expect(tableFilter(patterns).selects(table)).toBe(selected);
});

test.each(["", "orders", "a.b.c", "!", "!!a.b", ".orders", "app.", "*"])(
  "%j is no pattern",
  async (pattern) => {
    expect((await caught(() => checkTablePattern(pattern))).code).toBe("USAGE");
  },
);

test.each<[readonly string[], string, boolean]>([
  [[], "app", true],
  [["app.orders"], "app", true],
  [["app.orders"], "other", false],
  [["a*.x", "!app.*"], "app", false],
  [["!app.*"], "app", false],
  [["!app.tmp_*"], "app", true],
])("%j may select tables of %s: %s", (patterns, namespace, may) => {
  expect(tableFilter(patterns).selectsIn(namespace)).toBe(may);
});
