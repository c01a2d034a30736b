import { describe, expect, it } from "vitest";
import { TableHistories } from "../../../src/archive/table-history.ts";
import { lsnPosition } from "../../../src/core/position.ts";
import { planRestore } from "../../../src/restore/plan-restore.ts";
import { caught } from "../../support/caught.ts";
import { sampleState } from "../../support/sample-state.ts";

const state = sampleState({
  segments: [
    {
      first: 1,
      last: 9,
      tables: [
        { table: 1, inserts: 4 },
        { table: 2, inserts: 3 },
      ],
    },
    {
      first: 10,
      last: 19,
      events: [{ seq: 10, kind: "ddl", name: "ALTER TABLE", tables: [1] }],
      tables: [{ table: 2, inserts: 5 }],
    },
    { first: 20, last: 29, tables: [{ table: 1, updates: 7 }] },
  ],
  bases: [
    { seq: 2, tables: { 1: {}, 2: {} } },
    { seq: 12, tables: { 1: {} }, live: [1, 2] },
  ],
});

function plan(seq: number, tables?: readonly string[], of = state) {
  return planRestore(of, new TableHistories(of), {
    at: {
      seq,
      position: lsnPosition(BigInt(seq)),
      rollingHash: "0".repeat(32),
      committedAt: undefined,
      rawCommittedAt: undefined,
    },
    tables,
  });
}

describe("a restore", () => {
  it("reads each table from its own base, and the segments since the oldest of them up to the point", () => {
    const { tables, segments, rows } = plan(21);
    expect(tables.map(({ table, base }) => [table, base.seq])).toEqual([
      [1, 12],
      [2, 2],
    ]);
    expect(segments.map(({ first }) => first.seq)).toEqual([1, 10, 20]);
    expect(rows.changes).toBe(4 + 3 + 5 + 1 + 7);
  });

  it("reads no segment behind the point, and none before its bases", () => {
    expect(plan(5).segments.map(({ first }) => first.seq)).toEqual([1]);
    expect(
      plan(29, ["public.t1"]).segments.map(({ first }) => first.seq),
    ).toEqual([10, 20]);
  });

  it("reads the segments since its definitions, for what they say of sequences, also where every table has a newer base", () => {
    const settled = sampleState({
      segments: [
        { first: 1, last: 9 },
        { first: 10, last: 19 },
        { first: 20, last: 29 },
      ],
      bases: [
        { seq: 2, tables: { 1: {} } },
        { seq: 25, tables: { 1: { seq: 20 } } },
      ],
    });
    const { definitions, tables, segments } = plan(21, undefined, settled);
    expect(definitions.definitions.seq).toBe(2);
    expect(tables[0]?.base.seq).toBe(20);
    expect(segments.map(({ first }) => first.seq)).toEqual([1, 10, 20]);
  });

  it("is refused where a table's history has ended, naming the nearest points", async () => {
    const error = await caught(() => plan(11));
    expect(error.code).toBe("POINT_UNREACHABLE");
    expect(error.message).toContain("public.t1");
    expect(error.hint).toContain("seq:9 and seq:12");
  });

  it("of other tables is possible there", () => {
    expect(plan(11, ["public.t2"]).tables).toHaveLength(1);
  });

  it("is refused before the first base", async () => {
    const error = await caught(() => plan(1));
    expect(error.code).toBe("POINT_UNREACHABLE");
    expect(error.hint).toContain("seq:2");
  });

  it("is refused for a table that was not there", async () => {
    const error = await caught(() => plan(5, ["public.t3"]));
    expect(error.code).toBe("NOT_FOUND");
    expect(error.hint).toContain("public.t1, public.t2");
  });

  it("has the same name for the same plan, and another for another", () => {
    expect(plan(21).hash).toBe(plan(21).hash);
    expect(plan(21).hash).not.toBe(plan(22).hash);
    expect(plan(21).hash).not.toBe(plan(21, ["public.t1"]).hash);
  });

  it("is one plan in whatever order its tables are named, and how often", () => {
    const both = plan(21, ["public.t1", "public.t2"]);
    expect(both.tables.map(({ table }) => table)).toEqual([1, 2]);
    expect(plan(21, ["public.t2", "public.t1", "public.t2"])).toEqual(both);
  });

  describe("of a table whose name was another's later", () => {
    const swapped = sampleState({
      segments: [
        {
          first: 1,
          last: 29,
          events: [
            { seq: 10, kind: "ddl", name: "ALTER TABLE", tables: [1] },
            { seq: 10, kind: "ddl", name: "ALTER TABLE", tables: [2] },
          ],
        },
      ],
      bases: [
        { seq: 2, tables: { 1: { name: "a" }, 2: { name: "b" } } },
        { seq: 12, tables: { 1: { name: "b" }, 2: { name: "a" } } },
      ],
    });
    const chosen = (seq: number, name: string) =>
      plan(seq, [name], swapped).tables.map(({ table, name }) => [table, name]);

    it("takes the one that had it then", () => {
      expect(chosen(9, "public.a")).toEqual([[1, "a"]]);
      expect(chosen(9, "public.b")).toEqual([[2, "b"]]);
      expect(chosen(12, "public.a")).toEqual([[2, "a"]]);
    });

    it("names in its refusal the one that had it then", async () => {
      const error = await caught(() => plan(11, ["public.a"], swapped));
      expect(error.code).toBe("POINT_UNREACHABLE");
      expect(error.message).toContain("the history of public.a ended");
    });
  });
});
