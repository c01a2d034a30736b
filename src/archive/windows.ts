import type { TableHistories } from "./table-history.ts";

/** A stretch of seqs, both inclusive, each of which can be restored whole. */
export interface Window {
  readonly fromSeq: number;
  readonly throughSeq: number;
}

/** A stretch between two windows, and what is missing there. */
export interface WindowGap extends Window {
  readonly missing: readonly string[];
}

/** Every stretch of the history in which all tables and definitions can be had exactly. Pure. */
export function restorableWindows(histories: TableHistories): Window[] {
  return stretches(histories)
    .filter((stretch) => stretch.missing.length === 0)
    .reduce<Window[]>(join, []);
}

export function windowGaps(histories: TableHistories): WindowGap[] {
  return stretches(histories)
    .filter((stretch) => stretch.missing.length > 0)
    .reduce<WindowGap[]>(joinGap, []);
}

/** Between two breakpoints nothing changes, so one seq of each stretch decides for all of it. */
function stretches(histories: TableHistories): WindowGap[] {
  const { start, head } = histories.range;
  const from = [...new Set([start, ...histories.breakpoints()])].sort(
    (a, b) => a - b,
  );
  return from
    .map((fromSeq, index) => ({
      fromSeq,
      throughSeq: (from[index + 1] ?? head + 1) - 1,
      missing: missingAt(histories, fromSeq),
    }))
    .filter((stretch) => stretch.throughSeq >= stretch.fromSeq);
}

function missingAt(histories: TableHistories, seq: number): string[] {
  const definitions = histories.definitionsAt(seq);
  if (definitions === undefined) return ["the definitions"];
  return definitions.definitions.tables
    .filter((table) => {
      const base = histories.baseAt(table, seq);
      return base === undefined || "why" in base;
    })
    .map((table) => histories.labelAt(table, seq));
}

function join(windows: Window[], next: Window): Window[] {
  const last = windows.at(-1);
  if (last?.throughSeq !== next.fromSeq - 1)
    return [...windows, { fromSeq: next.fromSeq, throughSeq: next.throughSeq }];
  return [
    ...windows.slice(0, -1),
    { fromSeq: last.fromSeq, throughSeq: next.throughSeq },
  ];
}

function joinGap(gaps: WindowGap[], next: WindowGap): WindowGap[] {
  const last = gaps.at(-1);
  const goesOn =
    last?.throughSeq === next.fromSeq - 1 &&
    last.missing.join() === next.missing.join();
  return goesOn
    ? [...gaps.slice(0, -1), { ...last, throughSeq: next.throughSeq }]
    : [...gaps, next];
}
