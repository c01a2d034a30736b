import { type Dump, isBeyond } from "./dump.ts";

/** How a restored database differs from its source at that instant, a line each; none: equal, down to every row. */
export function compareDumps(source: Dump, restored: Dump): readonly string[] {
  return [
    ...compareMaps("table", [source.tables, restored.tables], (a, b) =>
      a.rows === b.rows && a.digest === b.digest
        ? undefined
        : `${a.rows} rows ${a.digest} are ${b.rows} rows ${b.digest}`,
    ),
    ...compareMaps("columns of", [source.columns, restored.columns], (a, b) =>
      a.join("\n") === b.join("\n")
        ? undefined
        : `${a.join(", ")} are ${b.join(", ")}`,
    ),
    ...compareMaps(
      "sequence",
      [source.sequences, restored.sequences],
      (a, b) =>
        a.increment === b.increment
          ? undefined
          : `increment ${a.increment} is ${b.increment}`,
    ),
    ...findSequencesBehind(restored),
    ...compareMaps(
      "definition of",
      [source.definitions, restored.definitions],
      (a, b) => (a === b ? undefined : `${a} is ${b}`),
    ),
  ];
}

/** The same of some tables, with the rows and columns that each of them has; what else was restored is not looked at. */
export function compareTables(
  source: Dump,
  restored: Dump,
  names: readonly string[],
): readonly string[] {
  const some = ({ tables, columns }: Dump): Dump => ({
    tables: new Map([...tables].filter(([name]) => names.includes(name))),
    columns: new Map([...columns].filter(([name]) => names.includes(name))),
    sequences: new Map(),
    definitions: new Map(),
  });
  return [
    ...compareDumps(some(source), some(restored)),
    ...findSequencesBehind(restored),
  ];
}

/** Sequences are not in the log: a restored one may be ahead or behind its source, and never behind the restored rows. */
function findSequencesBehind(restored: Dump): readonly string[] {
  return [...restored.sequences].flatMap(
    ([name, { next, furthest, increment }]) =>
      furthest === undefined || isBeyond(next, furthest, increment)
        ? []
        : [`sequence ${name} gives ${next}, and its rows have ${furthest}`],
  );
}

function compareMaps<T>(
  kind: string,
  [source, restored]: readonly [ReadonlyMap<string, T>, ReadonlyMap<string, T>],
  difference: (a: T, b: T) => string | undefined,
): readonly string[] {
  const names = new Set([...source.keys(), ...restored.keys()]);
  return [...names].sort().flatMap((name) => {
    const a = source.get(name);
    const b = restored.get(name);
    if (a === undefined) return [`${kind} ${name} is too many`];
    if (b === undefined) return [`${kind} ${name} is missing`];
    const found = difference(a, b);
    return found === undefined ? [] : [`${kind} ${name}: ${found}`];
  });
}
