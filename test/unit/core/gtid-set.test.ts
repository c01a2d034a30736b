import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GtidSet } from "../../../src/core/gtid-set.ts";
import { caught } from "../../support/caught.ts";

const A = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const B = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

describe("a set of GTIDs is written one way", () => {
  test.each([
    ["", ""],
    [`${A}:1-5`, `${A}:1-5`],
    [`${A}:1-10`, `${A}:1-10`],
    [`${A}:1-010`, `${A}:1-10`],
    [`${A.toUpperCase()}:3,\n${A}:1-2`, `${A}:1-3`],
    [`${A}:7:1-3:5-5`, `${A}:1-3:5:7`],
    [`${B}:1, ${A}:1`, `${A}:1,${B}:1`],
    [`${A}:1-3:night:2-4:9,${A}:night:5`, `${A}:1-3,${A}:night:2-5:9`],
    ["1-1-4,0-2-77", "0-2-77,1-1-4"],
  ])("%s", (text, canonical) => {
    expect(GtidSet.parse(text).toString()).toBe(canonical);
    expect(GtidSet.normalize(text)).toBe(canonical);
  });
});

describe("no set of GTIDs is", () => {
  test.each([
    "x",
    A,
    `${A}:`,
    `${A}:0`,
    `${A}:5-4`,
    `${A}:1-99999999999999999999`,
    `${A}:1,0-1-1`,
    "0-1",
    "0-1-x",
  ])("%s", async (text) => {
    expect((await caught(() => GtidSet.parse(text))).code).toBe("USAGE");
    expect((await caught(() => GtidSet.normalize(text))).code).toBe("USAGE");
  });
});

describe("a set contains another one", () => {
  test.each([
    [`${A}:1-5`, "", true],
    [`${A}:1-5`, `${A}:2-4`, true],
    [`${A}:1-3:5-7`, `${A}:3-5`, false],
    [`${A}:1-5`, `${B}:1`, false],
    [`${A}:1-5`, `${A}:night:1`, false],
    ["0-1-7,1-1-3", "0-2-7", true],
    ["0-1-7", "1-1-1", false],
    ["0-1-7", "0-1-8", false],
  ])("%s, %s: %s", (outer, inner, contains) => {
    expect(GtidSet.parse(outer).contains(GtidSet.parse(inner))).toBe(contains);
  });
});

test("numbers added one by one, in any order, are the set of them", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (numbers) => {
        const set = new GtidSet();
        numbers.forEach((number, n) => {
          const before = GtidSet.parse(set.toString());
          set.add(A, number);
          expect(set.contains(before)).toBe(true);
          expect(before.contains(set)).toBe(false);
          expect(set.isEmpty, `${n}`).toBe(false);
        });
        const parsed = GtidSet.parse(
          numbers.map((number) => `${A}:${number}`).join(","),
        );
        expect(set.toString()).toBe(parsed.toString());
        for (let number = 1; number <= 41; number++) {
          expect(set.contains(GtidSet.parse(`${A}:${number}`))).toBe(
            numbers.includes(number),
          );
        }
      },
    ),
  );
});
