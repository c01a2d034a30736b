import { describe, expect, it } from "vitest";
import type { TableBaseRef } from "../../../src/archive/table-history.ts";
import { planFolds } from "../../../src/restore/plan-folds.ts";
import type { RestorePlan } from "../../../src/restore/plan-restore.ts";

function plan(
  rows: Readonly<Record<number, number>>,
  inserts: Readonly<Record<number, number>> = {},
): RestorePlan {
  const tables = Object.entries(rows).map(([table, n]) => ({
    table: Number(table),
    base: { rows: n } as TableBaseRef,
  }));
  const changes = Object.entries(inserts).map(([table, n]) => ({
    ...{ table: Number(table), inserts: n, updates: 0, deletes: 0 },
  }));
  return { tables, segments: [{ tables: changes }] } as unknown as RestorePlan;
}

describe("the folds of a restore", () => {
  it("are one where there is little to do", () => {
    expect(planFolds(plan({ 1: 10_000, 2: 20_000 }), 2)).toEqual([[2, 1]]);
  });

  it("share rows and changes about equally", () => {
    const rows = { 1: 1_000_000, 2: 400_000, 3: 300_000, 4: 0 };
    expect(planFolds(plan(rows, { 4: 350_000 }), 2)).toEqual([[1], [2, 4, 3]]);
  });

  it("are never more than tables, nor than threads", () => {
    expect(planFolds(plan({ 1: 1e6 }), 4)).toEqual([[1]]);
    expect(planFolds(plan({ 1: 1e6, 2: 1e6 }), 0)).toEqual([[1, 2]]);
    expect(planFolds(plan({}), 2)).toEqual([[]]);
  });
});
