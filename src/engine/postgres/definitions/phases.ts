import { SCHEMA_PHASES, type SchemaPhase } from "../../definitions.ts";
import type { Draft } from "./draft.ts";
import { closureOf, dependentsOf, type Graph } from "./graph.ts";

/**
 * What tables need stands in `structure`, a key too where a view that a table needs groups by it. All else is as late as
 * what it needs: a view that groups by a primary key comes after all keys.
 */
export function assignPhases(graph: Graph): ReadonlyMap<Draft, SchemaPhase> {
  const early = closureOf(
    graph.drafts.filter(({ kind }) => kind === "table"),
    graph.needs,
  );
  const phases = new Map(
    graph.drafts.map((draft) => [
      draft,
      early.has(draft) ? "structure" : draft.phase,
    ]),
  );
  const dependents = dependentsOf(graph);
  const todo = [...graph.drafts];
  for (let draft = todo.pop(); draft !== undefined; draft = todo.pop()) {
    const phase = phases.get(draft) ?? draft.phase;
    for (const dependent of dependents.get(draft) ?? []) {
      const before = phases.get(dependent) ?? dependent.phase;
      const after = pushed(dependent, before, phase);
      if (after === before || early.has(dependent)) continue;
      phases.set(dependent, after);
      todo.push(dependent);
    }
  }
  return phases;
}

/** Only keys are made in `keys`, and foreign keys in `foreign-keys`, which may both run in parallel. */
function pushed(
  draft: Draft,
  own: SchemaPhase,
  needed: SchemaPhase,
): SchemaPhase {
  if (SCHEMA_PHASES.indexOf(needed) <= SCHEMA_PHASES.indexOf(own)) return own;
  return draft.phase === needed ? needed : "rest";
}
