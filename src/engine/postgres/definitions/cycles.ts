import type { Draft } from "./draft.ts";
import type { Graph } from "./graph.ts";
import type { Kind } from "./kinds.ts";
import { findCycles } from "./strong-components.ts";

export interface Opened {
  readonly graph: Graph;
  readonly unbroken: readonly string[];
}

/** What a shell can name: its columns' and arguments' types. */
const SHELL_NEEDS: ReadonlySet<Kind> = new Set([
  "schema",
  "extension",
  "language",
  "collation",
  "type shell",
  "base type",
  "enum",
  "domain",
  "composite type",
  "range",
  "table",
  "view shell",
]);

const SHELL_KINDS: Partial<Record<Kind, Kind>> = {
  view: "view shell",
  function: "function shell",
};

/**
 * Opens every circle: first by forgetting what is only better that way round (`follows`), then with shells of
 * types, of views and of functions. What is left stands in an order that the target may refuse, and is named.
 */
export function breakCycles(graph: Graph): Opened {
  let current = addFollowing(graph);
  for (const kind of ["base type", "range", "view", "function"] as const) {
    for (const cycle of findCycles(current)) {
      const shelled = cycle.filter(
        (draft) => draft.kind === kind && draft.shell !== undefined,
      );
      current = insertShells(current, new Set(cycle), shelled);
    }
  }
  return forceOpen(current);
}

/** Adds what `follows` asks for where it closes no circle. */
function addFollowing(graph: Graph): Graph {
  const byAddress = new Map(
    graph.drafts.map((draft) => [draft.address, draft]),
  );
  const wishes = graph.drafts.flatMap((draft) =>
    (draft.follows ?? []).flatMap((address) => {
      const first = byAddress.get(address);
      return first === undefined || first === draft ? [] : [{ draft, first }];
    }),
  );
  const needs = copyNeeds(graph);
  for (const { draft, first } of wishes) needs.get(draft)?.add(first);
  const inCycle = findCycles({ drafts: graph.drafts, needs });
  for (const cycle of inCycle) {
    const members = new Set(cycle);
    for (const { draft, first } of wishes) {
      if (!members.has(draft) || !members.has(first)) continue;
      if (graph.needs.get(draft)?.has(first) !== true)
        needs.get(draft)?.delete(first);
    }
  }
  return { drafts: graph.drafts, needs };
}

/** Everything in the circle that needed one of `shelled` is content with its shell. */
function insertShells(
  graph: Graph,
  cycle: ReadonlySet<Draft>,
  shelled: readonly Draft[],
): Graph {
  const needs = copyNeeds(graph);
  const shells = new Map(shelled.map((draft) => [draft, shellOf(draft)]));
  for (const member of cycle) {
    const needed = needs.get(member);
    for (const need of [...(needed ?? [])]) {
      const shell = shells.get(need);
      if (shell === undefined) continue;
      needed?.delete(need);
      needed?.add(shell);
    }
  }
  for (const [draft, shell] of shells) {
    const named = [...(needs.get(draft) ?? [])].filter((need) =>
      SHELL_NEEDS.has(need.kind),
    );
    needs.set(shell, new Set(named));
    needs.get(draft)?.add(shell);
  }
  return { drafts: [...graph.drafts, ...shells.values()], needs };
}

function shellOf(draft: Draft): Draft {
  const kind = SHELL_KINDS[draft.kind] ?? "type shell";
  return {
    address: `${kind} ${draft.id}`,
    id: draft.id,
    kind,
    name: draft.name,
    phase: draft.phase,
    statements: draft.shell ?? [],
    needs: [],
  };
}

/** Forgets needs inside what is still circular until nothing is. */
function forceOpen(graph: Graph): Opened {
  const needs = copyNeeds(graph);
  const unbroken: string[] = [];
  for (let cycles = findCycles({ drafts: graph.drafts, needs }); ;) {
    if (cycles.length === 0)
      return { graph: { drafts: graph.drafts, needs }, unbroken };
    for (const cycle of cycles) {
      const [first] = cycle.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      if (first === undefined) continue;
      for (const member of cycle) needs.get(first)?.delete(member);
      unbroken.push(
        `${cycle.map(({ kind, name }) => `${kind} ${name}`).join(", ")}: each needs the other; the target may refuse them`,
      );
    }
    cycles = findCycles({ drafts: graph.drafts, needs });
  }
}

function copyNeeds(graph: Graph): Map<Draft, Set<Draft>> {
  return new Map(
    [...graph.needs].map(([draft, needed]) => [draft, new Set(needed)]),
  );
}
