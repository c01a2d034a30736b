import { describe, expect, it } from "vitest";
import { disturbanceBetween, endBetween } from "../../../src/base/plan-base.ts";
import { sampleState } from "../../support/sample-state.ts";

const state = sampleState({
  segments: [
    {
      first: 1,
      last: 10,
      tables: [{ table: 1, truncates: [4] }, { table: 2 }],
    },
    {
      first: 11,
      last: 20,
      events: [{ seq: 15, kind: "ddl", name: "ALTER TABLE", tables: [2] }],
      tables: [{ table: 1, truncates: [12] }],
    },
  ],
  bases: [],
});

describe("a copy", () => {
  const cases = [
    { table: 1, afterSeq: 0, throughSeq: 3, is: undefined },
    { table: 1, afterSeq: 3, throughSeq: 4, is: "it was truncated" },
    { table: 1, afterSeq: 4, throughSeq: 11, is: undefined },
    { table: 1, afterSeq: 4, throughSeq: 12, is: "it was truncated" },
    { table: 2, afterSeq: 0, throughSeq: 14, is: undefined },
    { table: 2, afterSeq: 0, throughSeq: 15, is: "ALTER TABLE at 15" },
    { table: 2, afterSeq: 15, throughSeq: 20, is: undefined },
  ];

  it.each(cases)(
    "of table $table after $afterSeq through $throughSeq: $is",
    ({ is, ...stretch }) => {
      expect(disturbanceBetween(state, stretch)).toBe(is);
    },
  );

  it("that stood is not ended by a truncation, only by DDL", () => {
    expect(
      endBetween(state, { table: 1, afterSeq: 0, throughSeq: 20 }),
    ).toBeUndefined();
    expect(endBetween(state, { table: 2, afterSeq: 0, throughSeq: 20 })).toBe(
      "ALTER TABLE at 15",
    );
  });
});
