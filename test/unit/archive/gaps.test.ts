import { describe, expect, test } from "vitest";
import type {
  CatalogState,
  NumberedGap,
} from "../../../src/archive/catalog-state.ts";
import { checkGaps, isBeforeGapEnd } from "../../../src/archive/gaps.ts";
import { TableHistories } from "../../../src/archive/table-history.ts";
import { restorableWindows } from "../../../src/archive/windows.ts";
import { parseInstant } from "../../../src/core/instant.ts";
import { parsePosition } from "../../../src/core/position.ts";
import { codeOf } from "../../support/caught.ts";

/** Nothing is missing up to 0/300, nor from 0/600 on; transaction 5 was the last before it. */
const GAP: NumberedGap = {
  act: "gap",
  n: 9,
  at: "2026-11-21T10:10:00.000000Z",
  scope: { kind: "source" },
  code: "PREPARATION_CHANGED",
  incarnation: 1,
  afterSeq: 5,
  afterPosition: "0/300",
  afterAt: "2026-11-21T10:05:00.000000Z",
  throughPosition: "0/600",
  detail: {},
};

/** A base of table 1 that was read at a position, as of a seq. */
function base(seq: number, position: string): CatalogState["bases"][number] {
  const object = { key: "x", bytes: 1, sha256: "0".repeat(64) };
  const size = { rows: 1, bytes: 1, rawBytes: 1 };
  return {
    act: "base",
    n: 1,
    at: GAP.at,
    base: `at-${position}`,
    kind: "live",
    incarnation: 1,
    manifest: object,
    definitions: { ...object, seq, position, tables: [1] },
    seq: { min: seq, max: seq },
    tables: [
      { table: 1, shape: "a", namespace: "public", name: "t", seq, ...size },
    ],
    ...size,
    startedAt: GAP.at,
    finishedAt: GAP.at,
  };
}

function state(...bases: CatalogState["bases"]): CatalogState {
  const head = { seq: 9, position: "0/900", rollingHash: "0" };
  return {
    start: { ...head, seq: 0 },
    head: { ...head, committedAt: GAP.at, rawCommittedAt: GAP.at },
    segments: [],
    gaps: [GAP],
    bases,
  } as unknown as CatalogState;
}

const windows = (...bases: CatalogState["bases"]) =>
  restorableWindows(new TableHistories(state(...bases)));

describe("a gap", () => {
  test("ends what a base before it begins", () => {
    expect(windows(base(2, "0/200"))).toEqual([{ fromSeq: 2, throughSeq: 5 }]);
  });

  test("lets no base count that was read inside it, whatever its seq", () => {
    expect(windows(base(2, "0/200"), base(7, "0/600"))).toEqual([
      { fromSeq: 2, throughSeq: 5 },
    ]);
    expect(windows(base(5, "0/301"))).toEqual([]);
    expect(
      new TableHistories(state(base(7, "0/600"))).needsBase(),
    ).toBeDefined();
  });

  test("is over with a base that was read behind it", () => {
    const found = [base(2, "0/200"), base(7, "0/601")];
    expect(windows(...found)).toEqual([
      { fromSeq: 2, throughSeq: 5 },
      { fromSeq: 7, throughSeq: 9 },
    ]);
    expect(new TableHistories(state(...found)).needsBase()).toBeUndefined();
  });

  test("makes a copy from before its end useless for a later base", () => {
    expect(isBeforeGapEnd(parsePosition("0/600"), [GAP])).toBe(true);
    expect(isBeforeGapEnd(parsePosition("0/601"), [GAP])).toBe(false);
  });

  test("refuses times and positions in it that mean the transaction before it", async () => {
    const check = (
      seq: number,
      asked: Omit<Parameters<typeof checkGaps>[2], "point">,
    ) => checkGaps(state(), { seq }, { point: { kind: "latest" }, ...asked });
    const at = parseInstant(GAP.afterAt);
    check(5, { at });
    check(5, { position: parsePosition("0/300") });
    check(4, { at: at + 1n });
    expect(await codeOf(() => check(5, { at: at + 1n }))).toBe(
      "POINT_UNREACHABLE",
    );
    expect(
      await codeOf(() => check(5, { position: parsePosition("0/301") })),
    ).toBe("POINT_UNREACHABLE");
  });
});
