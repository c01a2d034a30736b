import type { Draft } from "./draft.ts";
import { closureOf, type Graph } from "./graph.ts";

/** A materialised view is refreshed after those that it reads, through other views too; pg_depend knows only the views. */
export function orderRefreshes(graph: Graph): Graph {
  const refreshOf = new Map<Draft, Draft>();
  for (const draft of graph.drafts) {
    if (draft.kind !== "refresh") continue;
    for (const view of graph.needs.get(draft) ?? []) refreshOf.set(view, draft);
  }
  const needs = new Map(graph.needs);
  for (const [view, refresh] of refreshOf) {
    const first = [...closureOf([view], graph.needs)]
      .filter((read) => read !== view)
      .map((read) => refreshOf.get(read))
      .filter((other) => other !== undefined);
    needs.set(refresh, new Set([...(needs.get(refresh) ?? []), ...first]));
  }
  return { drafts: graph.drafts, needs };
}
