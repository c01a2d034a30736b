import {
  type DefinedObject,
  SCHEMA_PHASES,
  type SchemaPhase,
} from "../../definitions.ts";
import type { Draft } from "./draft.ts";
import type { Graph } from "./graph.ts";
import { orderPhase } from "./order.ts";
import { assignPhases } from "./phases.ts";

/** Phase by phase, in an order in which every statement finds what it needs. */
export function orderObjects(graph: Graph): {
  readonly objects: readonly DefinedObject[];
  readonly unbroken: readonly string[];
} {
  const phases = assignPhases(graph);
  const known = new Set(graph.drafts);
  const objects: DefinedObject[] = [];
  const unbroken: string[] = [];
  for (const phase of SCHEMA_PHASES) {
    const ordered = orderPhase(graph, phases, phase);
    unbroken.push(...ordered.unbroken);
    for (const draft of ordered.drafts) {
      const needs = graph.needs.get(draft) ?? new Set();
      const earlier = [...needs].filter((need) => phases.get(need) !== phase);
      // What only comes before where it can is an order, not a need; a shell is one.
      const within = [...(ordered.needs.get(draft) ?? [])].filter(
        (need) => needs.has(need) || !known.has(need),
      );
      objects.push(defineObject(draft, phase, [...earlier, ...within]));
    }
  }
  return { objects, unbroken };
}

function defineObject(
  draft: Draft,
  phase: SchemaPhase,
  needs: readonly Draft[],
): DefinedObject {
  const named = [...new Set(needs.map(({ kind, id }) => `${kind} ${id}`))];
  return {
    id: draft.id,
    kind: draft.kind,
    name: draft.name,
    phase,
    statements: draft.statements,
    ...(named.length === 0 ? {} : { needs: named.sort() }),
    ...(draft.table === undefined ? {} : { table: draft.table }),
    ...(draft.optional === undefined ? {} : { optional: draft.optional }),
  };
}
