import { expect, test } from "vitest";
import { planCombinations } from "../../oracle/combinations.ts";
import {
  ARCHIVE_KINDS,
  type EngineChoice,
  engineName,
  JOURNAL_KINDS,
} from "../../oracle/options.ts";

const ENGINES: readonly EngineChoice[] = [
  { family: "postgres", major: 15 },
  { family: "postgres", major: 18 },
  { family: "mysql", version: "mysql-9" },
  { family: "mysql", version: "mariadb-11.8" },
];

test.each([1, 2, 3, 4])(
  "the rounds of %d engines meet every combination once, and every place in the first few",
  (count) => {
    const planned = planCombinations({
      engines: ENGINES.slice(0, count),
      journals: JOURNAL_KINDS,
      archives: ARCHIVE_KINDS,
    });
    const places = planned.map(
      ({ journal, archive }) => `${journal}, ${archive}`,
    );
    const names = planned.map(
      ({ engine }, round) => `${engineName(engine)}, ${places[round]}`,
    );
    expect(names.length).toBe(4 * count);
    expect(new Set(names).size).toBe(4 * count);
    if (count === 4) expect(new Set(places.slice(0, 4)).size).toBe(4);
  },
);

test("what is asked for alone is all there is", () => {
  const [engine] = ENGINES as [EngineChoice];
  expect(
    planCombinations({
      engines: [engine],
      journals: ["kafka"],
      archives: ["directory"],
    }),
  ).toEqual([{ engine, journal: "kafka", archive: "directory" }]);
});
