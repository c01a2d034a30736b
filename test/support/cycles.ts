type Edges = ReadonlyMap<string, readonly string[]>;

/** The groups of nodes that reach each other, each in order of name: what is left when nodes without a way on or back are taken away. */
export function findCycles(edges: Edges): readonly (readonly string[])[] {
  const reachable = new Map(
    [...edges.keys()].map((node) => [node, reachFrom(node, edges)]),
  );
  const groups = new Map<string, readonly string[]>();
  for (const [node, reached] of reachable) {
    if (!reached.has(node)) continue;
    const group = [...reached]
      .filter((other) => reachable.get(other)?.has(node))
      .sort();
    groups.set(group.join("\n"), group);
  }
  return [...groups.values()];
}

/** Everything at the end of one edge or more. */
function reachFrom(start: string, edges: Edges): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const next of edges.get(node) ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      open.push(next);
    }
  }
  return reached;
}
