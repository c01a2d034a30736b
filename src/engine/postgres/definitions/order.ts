import type { SchemaPhase } from "../../definitions.ts";
import type { Draft } from "./draft.ts";
import { breakCycles } from "./cycles.ts";
import { dependentsOf, type Graph } from "./graph.ts";
import { rankOf } from "./kinds.ts";

export interface Ordered {
  readonly drafts: readonly Draft[];
  readonly needs: Graph["needs"];
  /** One line for each circle that no shell can open. */
  readonly unbroken: readonly string[];
}

/**
 * One phase in an order in which every statement finds what it needs. Where that leaves a choice kinds and names decide, so
 * that the same objects have the same order whatever their oids.
 */
export function orderPhase(
  graph: Graph,
  phases: ReadonlyMap<Draft, SchemaPhase>,
  phase: SchemaPhase,
): Ordered {
  const within = graph.drafts.filter((draft) => phases.get(draft) === phase);
  const members = new Set(within);
  const needs = new Map(
    within.map((draft) => [
      draft,
      new Set(
        [...(graph.needs.get(draft) ?? [])].filter((need) => members.has(need)),
      ),
    ]),
  );
  const open = breakCycles({ drafts: within, needs });
  return {
    drafts: sortTopologically(open.graph),
    needs: open.graph.needs,
    unbroken: open.unbroken,
  };
}

/** `graph` has no cycle. */
function sortTopologically(graph: Graph): Draft[] {
  const place = new Map(
    graph.drafts.toSorted(compareDrafts).map((draft, index) => [draft, index]),
  );
  const placeOf = (draft: Draft): number => place.get(draft) ?? 0;
  const dependents = dependentsOf(graph);
  const waiting = new Map(
    graph.drafts.map((draft) => [draft, graph.needs.get(draft)?.size ?? 0]),
  );
  const ready = new SortedQueue(placeOf);
  for (const [draft, count] of waiting) if (count === 0) ready.push(draft);
  const sorted: Draft[] = [];
  for (let draft = ready.shift(); draft; draft = ready.shift()) {
    sorted.push(draft);
    for (const dependent of dependents.get(draft) ?? []) {
      const left = (waiting.get(dependent) ?? 0) - 1;
      waiting.set(dependent, left);
      if (left === 0) ready.push(dependent);
    }
  }
  return sorted;
}

function compareDrafts(a: Draft, b: Draft): number {
  return (
    rankOf(a.kind) - rankOf(b.kind) ||
    compareText(a.name, b.name) ||
    compareText(a.statements.join("\n"), b.statements.join("\n"))
  );
}

/** By code units: the same everywhere, unlike a locale's order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A binary heap: databases with a hundred thousand objects exist. */
class SortedQueue {
  private readonly heap: Draft[] = [];
  private readonly placeOf: (draft: Draft) => number;

  constructor(placeOf: (draft: Draft) => number) {
    this.placeOf = placeOf;
  }

  push(draft: Draft): void {
    let at = this.heap.push(draft) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.swapIfLess(at, parent)) break;
      at = parent;
    }
  }

  shift(): Draft | undefined {
    const [first] = this.heap;
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return first;
    this.heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = this.isLess(right, left) ? right : left;
      if (!this.swapIfLess(child, at)) break;
      at = child;
    }
    return first;
  }

  private isLess(a: number, b: number): boolean {
    const [one, other] = [this.heap[a], this.heap[b]];
    return (
      one !== undefined &&
      other !== undefined &&
      this.placeOf(one) < this.placeOf(other)
    );
  }

  private swapIfLess(a: number, b: number): boolean {
    if (!this.isLess(a, b)) return false;
    const [one, other] = [this.heap[a], this.heap[b]];
    if (one !== undefined && other !== undefined)
      [this.heap[a], this.heap[b]] = [other, one];
    return true;
  }
}
