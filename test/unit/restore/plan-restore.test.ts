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

  it("takes a table by the name that it had then, also when two have swapped theirs since", () => {
    const swap = { kind: "ddl" as const, name: "ALTER TABLE" };
    const swapped = sampleState({
      segments: [
        {
          first: 1,
          last: 20,
          events: [{ seq: 10, ...swap, tables: [1, 2] }],
        },
      ],
      bases: [
        { seq: 2, tables: { 1: { name: "orders" }, 2: { name: "ghost" } } },
        { seq: 12, tables: { 1: { name: "old" }, 2: { name: "orders" } } },
      ],
    });
    const planned = (seq: number) =>
      plan(seq, ["public.orders"], swapped).tables.map(({ table }) => table);
    expect(planned(5)).toEqual([1]);
    expect(planned(15)).toEqual([2]);
  });

  it("reads a table once that is asked for twice", () => {
    expect(plan(5, ["public.t1", "public.t1"])).toEqual(plan(5, ["public.t1"]));
  });

  it("has the same name for the same plan, and another for another", () => {
    expect(plan(21).hash).toBe(plan(21).hash);
    expect(plan(21).hash).not.toBe(plan(22).hash);
    expect(plan(21).hash).not.toBe(plan(21, ["public.t1"]).hash);
  });
});
