import { describe, expect, it } from "vitest";
import { TableHistories } from "../../../src/archive/table-history.ts";
import { restorableWindows, windowGaps } from "../../../src/archive/windows.ts";
import {
  OTHER_SHAPE,
  sampleState,
  type SampleBase,
  type SampleSegment,
} from "../../support/sample-state.ts";

function histories(
  segments: readonly SampleSegment[],
  bases: readonly SampleBase[],
) {
  return new TableHistories(sampleState({ segments, bases }));
}

const ddl = (seq: number, tables: readonly number[] | null) => ({
  seq,
  kind: "ddl" as const,
  name: "ALTER TABLE",
  tables,
});

const TWO_TABLES = { 1: {}, 2: {} };

describe("a table's history", () => {
  it("begins with its base", () => {
    const all = histories(
      [{ first: 1, last: 20 }],
      [{ seq: 5, tables: TWO_TABLES }],
    );
    expect(all.baseAt(1, 4)).toBeUndefined();
    expect(all.baseAt(1, 5)).toMatchObject({ seq: 5 });
    expect(all.baseAt(1, 20)).toMatchObject({ seq: 5 });
    expect(restorableWindows(all)).toEqual([{ fromSeq: 5, throughSeq: 20 }]);
  });

  it("ends with DDL that names it, and no other's does, until the next base", () => {
    const all = histories(
      [{ first: 1, last: 20, events: [ddl(10, [1])] }],
      [
        { seq: 0, tables: TWO_TABLES },
        { seq: 12, tables: { 1: {} }, live: [1, 2] },
      ],
    );
    expect(all.baseAt(1, 9)).toMatchObject({ seq: 0 });
    expect(all.baseAt(1, 10)).toMatchObject({
      why: "ALTER TABLE at transaction 10",
    });
    expect(all.baseAt(2, 11)).toMatchObject({ seq: 0 });
    expect(all.baseAt(1, 12)).toMatchObject({ seq: 12 });
    expect(restorableWindows(all)).toEqual([
      { fromSeq: 0, throughSeq: 9 },
      { fromSeq: 12, throughSeq: 20 },
    ]);
    expect(windowGaps(all)).toEqual([
      { fromSeq: 10, throughSeq: 11, missing: ["public.t1"] },
    ]);
  });

  it("ends with DDL that does not say which tables it concerns", () => {
    const all = histories(
      [{ first: 1, last: 20, events: [ddl(10, null)] }],
      [{ seq: 0, tables: TWO_TABLES }],
    );
    expect(all.baseAt(2, 10)).toMatchObject({
      why: "ALTER TABLE at transaction 10",
    });
    expect(all.needsBase()).toBe("definitions changed");
  });

  it("ends where rows were written in another shape, without any DDL", () => {
    const all = histories(
      [
        { first: 1, last: 9, tables: [{ table: 1 }] },
        {
          first: 10,
          last: 20,
          tables: [{ table: 1, shape: OTHER_SHAPE, firstSeq: 15 }],
        },
      ],
      [{ seq: 0, tables: TWO_TABLES }],
    );
    expect(all.baseAt(1, 14)).toMatchObject({ seq: 0 });
    expect(all.baseAt(1, 15)).toMatchObject({
      why: expect.stringContaining("transaction 15") as string,
    });
    expect(all.needsBase()).toContain("transaction 15");
  });

  it("goes on over a truncate, whatever shape that has", () => {
    const truncate = { inserts: 0, updates: 0, deletes: 0, truncates: [15] };
    const all = histories(
      [
        {
          first: 1,
          last: 20,
          tables: [{ table: 1, shape: OTHER_SHAPE, firstSeq: 15, ...truncate }],
        },
      ],
      [{ seq: 0, tables: TWO_TABLES }],
    );
    expect(all.baseAt(1, 20)).toMatchObject({ seq: 0 });
  });

  it("goes on through DDL that only changes definitions, which are then others", () => {
    const all = histories(
      [{ first: 1, last: 20, events: [ddl(10, [])] }],
      [{ seq: 0, tables: TWO_TABLES }],
    );
    expect(all.baseAt(1, 20)).toMatchObject({ seq: 0 });
    expect(all.definitionsAt(9)).toMatchObject({ base: "base0" });
    expect(all.definitionsAt(10)).toBeUndefined();
    expect(windowGaps(all)).toEqual([
      { fromSeq: 10, throughSeq: 20, missing: ["the definitions"] },
    ]);
  });
});

describe("definitions", () => {
  it("hold before the base they were read with, back to the DDL that made them", () => {
    const all = histories(
      [{ first: 1, last: 20, events: [ddl(10, [])] }],
      [
        { seq: 0, tables: TWO_TABLES },
        { seq: 15, tables: {}, live: [1, 2] },
      ],
    );
    expect(all.definitionsAt(9)).toMatchObject({ base: "base0" });
    expect(all.definitionsAt(10)).toMatchObject({ base: "base1" });
    expect(all.definitionsAt(20)).toMatchObject({ base: "base1" });
    expect(all.needsBase()).toBeUndefined();
  });
});

describe("a base", () => {
  it("is needed when there is none, when a table has none, and not otherwise", () => {
    const segments = [{ first: 1, last: 20 }];
    expect(histories(segments, []).needsBase()).toBe("there is none yet");
    expect(
      histories(segments, [
        { seq: 3, tables: { 1: {} }, live: [1, 2] },
      ]).needsBase(),
    ).toBe("table 2 has none");
    expect(
      histories(segments, [{ seq: 3, tables: TWO_TABLES }]).needsBase(),
    ).toBeUndefined();
  });

  it("is not needed for a table that is gone", () => {
    const all = histories(
      [{ first: 1, last: 20, events: [ddl(10, [2])] }],
      [
        { seq: 0, tables: TWO_TABLES },
        { seq: 12, tables: {}, live: [1] },
      ],
    );
    expect(all.needsBase()).toBeUndefined();
  });
});
