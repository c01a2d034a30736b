import { expect, it } from "vitest";
import { parseInstant } from "../../../src/core/instant.ts";
import { planDueBase } from "../../../src/services/schedule-bases.ts";
import { sampleState } from "../../support/sample-state.ts";

const DAY_MS = 24 * 3600_000;
const segments = [{ first: 1, last: 20 }];
const now = parseInstant("2026-11-21T12:00:00Z");

it("takes the first base at once", () => {
  expect(
    planDueBase(sampleState({ segments, bases: [] }), now, DAY_MS),
  ).toMatchObject({ scope: "needed" });
});

it("takes a whole one when the last whole one is old enough, whatever small ones came since", () => {
  const state = sampleState({
    segments,
    bases: [
      {
        seq: 1,
        tables: { 1: {}, 2: {} },
        startedAt: "2026-11-20T11:59:59.000000Z",
      },
      {
        seq: 5,
        tables: { 1: {} },
        live: [1, 2],
        startedAt: "2026-11-21T11:00:00.000000Z",
      },
    ],
  });
  expect(planDueBase(state, now, DAY_MS)).toMatchObject({ scope: "all" });
  expect(planDueBase(state, now - 60_000_000n, DAY_MS)).toBeUndefined();
});
