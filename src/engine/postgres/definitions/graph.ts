import type { Address, Draft } from "./draft.ts";
import type { Dependencies } from "./dependencies.ts";

/** Which drafts come before which. */
export interface Graph {
  readonly drafts: readonly Draft[];
  /** Only drafts that are in `drafts`. */
  readonly needs: ReadonlyMap<Draft, ReadonlySet<Draft>>;
}

/** Joins what drafts say with what pg_depend says. Addresses that nobody makes are the server's own, or named in notRestored. */
export function linkDrafts(
  drafts: readonly Draft[],
  dependencies: Dependencies,
): Graph {
  const byAddress = new Map(drafts.map((draft) => [draft.address, draft]));
  const find = (address: Address): Draft | undefined =>
    byAddress.get(resolveAlias(address, dependencies.aliases, byAddress));
  const needs = new Map(
    drafts.map((draft) => [
      draft,
      new Set(draft.needs.map(find).filter((other) => other !== undefined)),
    ]),
  );
  for (const { from, to } of dependencies.edges) {
    const dependent = find(from);
    const needed = find(to);
    if (dependent !== undefined && needed !== undefined)
      needs.get(dependent)?.add(needed);
  }
  for (const [draft, needed] of needs) needed.delete(draft);
  return { drafts, needs };
}

/** Follows an address to what makes it; what nobody makes keeps the last address. */
export function resolveAlias(
  address: Address,
  aliases: ReadonlyMap<Address, Address>,
  made: ReadonlyMap<Address, unknown>,
): Address {
  const seen = new Set<Address>();
  let current = address;
  while (!made.has(current) && !seen.has(current)) {
    seen.add(current);
    current = aliases.get(current) ?? current;
  }
  return current;
}

/** Everything that `starts` need, at any depth, and they themselves. */
export function closureOf(
  starts: Iterable<Draft>,
  needs: Graph["needs"],
): Set<Draft> {
  const reached = new Set<Draft>();
  const todo = [...starts];
  for (let draft = todo.pop(); draft !== undefined; draft = todo.pop()) {
    if (reached.has(draft)) continue;
    reached.add(draft);
    todo.push(...(needs.get(draft) ?? []));
  }
  return reached;
}

/** The needs, the other way round. */
export function dependentsOf(
  graph: Pick<Graph, "needs">,
): ReadonlyMap<Draft, readonly Draft[]> {
  const dependents = new Map<Draft, Draft[]>();
  for (const [draft, needed] of graph.needs) {
    for (const need of needed) {
      const known = dependents.get(need);
      if (known === undefined) dependents.set(need, [draft]);
      else known.push(draft);
    }
  }
  return dependents;
}
