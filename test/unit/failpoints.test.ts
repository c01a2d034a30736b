import { expect, test } from "vitest";
import { findFailpoints } from "../support/failpoint-names.ts";
import { parseSource, readSourceFiles } from "../support/source-files.ts";

const files = readSourceFiles("src");
const { called, listed, lists, computed } = findFailpoints(files);
const calledNames = new Set(called.map(({ name }) => name));

test("every failpoint is named where it is called", () => {
  expect(called.length).toBeGreaterThan(0);
  expect(computed).toEqual([]);
});

test("every failpoint is in exactly one list for the crash matrix", () => {
  const wrong = called.filter(
    (each) => listed.filter(({ name }) => name === each.name).length !== 1,
  );
  expect(wrong).toEqual([]);
});

test("every listed failpoint is a place in the program", () => {
  const dead = listed.filter(({ name }) => !calledNames.has(name));
  expect(dead).toEqual([]);
});

test("every list of failpoints is used by a crash matrix", () => {
  const tests = readSourceFiles("test").map(({ text }) => text);
  const unused = lists.filter(
    (list) => !tests.some((text) => text.includes(list)),
  );
  expect(unused).toEqual([]);
});

test("a failpoint that is missing in the lists, doubled or computed is seen", () => {
  const found = findFailpoints([
    parseSource(
      "src/a.ts",
      `export const A_FAILPOINTS = ["a.one", "a.two"] as const;
       function aFailpoint(name: AName) { failpoint(name); }
       aFailpoint("a.one");
       failpoint(late ? "a.two" : "a.three");
       failpoint(name);`,
    ),
  ]);
  expect(found.called.map(({ name }) => name)).toEqual([
    ...["a.one", "a.two", "a.three"],
  ]);
  expect(found.listed.map(({ name }) => name)).toEqual(["a.one", "a.two"]);
  expect(found.lists).toEqual(["A_FAILPOINTS"]);
  expect(found.computed).toEqual(["src/a.ts: failpoint(name)"]);
});
