import type { Draft } from "./draft.ts";
import type { Graph } from "./graph.ts";

interface Visit {
  readonly draft: Draft;
  readonly rest: Iterator<Draft>;
}

/**
 * The circles of a graph: its strongly connected components of more than one draft (Tarjan 1972, with a stack of its own
 * instead of recursion: chains of views are long in some databases).
 */
export function findCycles(graph: Graph): Draft[][] {
  const index = new Map<Draft, number>();
  const low = new Map<Draft, number>();
  const stack: Draft[] = [];
  const onStack = new Set<Draft>();
  const cycles: Draft[][] = [];

  const enter = (draft: Draft): Visit => {
    index.set(draft, index.size);
    low.set(draft, index.size - 1);
    stack.push(draft);
    onStack.add(draft);
    return {
      draft,
      rest: (graph.needs.get(draft) ?? new Set<Draft>()).values(),
    };
  };
  const lower = (draft: Draft, to: number): void => {
    low.set(draft, Math.min(low.get(draft) ?? to, to));
  };
  const leave = (draft: Draft): void => {
    if (low.get(draft) !== index.get(draft)) return;
    const component = stack.splice(stack.lastIndexOf(draft));
    for (const member of component) onStack.delete(member);
    if (component.length > 1) cycles.push(component);
  };

  for (const start of graph.drafts) {
    if (index.has(start)) continue;
    const visits = [enter(start)];
    for (let visit = visits.at(-1); visit; visit = visits.at(-1)) {
      const { draft, rest } = visit;
      const next = rest.next();
      if (next.done === true) {
        visits.pop();
        const parent = visits.at(-1);
        if (parent) lower(parent.draft, low.get(draft) ?? 0);
        leave(draft);
      } else if (!index.has(next.value)) {
        visits.push(enter(next.value));
      } else if (onStack.has(next.value)) {
        lower(draft, index.get(next.value) ?? 0);
      }
    }
  }
  return cycles;
}
