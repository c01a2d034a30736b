import { expect, test } from "vitest";
import type { Draft } from "../../../../../src/engine/postgres/definitions/draft.ts";
import { linkDrafts } from "../../../../../src/engine/postgres/definitions/graph.ts";
import { orderObjects } from "../../../../../src/engine/postgres/definitions/order-objects.ts";

/** A draft `name` that needs what is named, by address. */
function draft(
  kind: Draft["kind"],
  name: string,
  more: Partial<Draft> = {},
): Draft {
  return {
    address: name,
    id: `1:${name}:0`,
    kind,
    name,
    phase: "structure",
    statements: [`CREATE ${name}`],
    needs: [],
    ...more,
  };
}

function order(...drafts: readonly Draft[]) {
  const graph = linkDrafts(drafts, { edges: [], aliases: new Map() });
  const { objects, unbroken } = orderObjects(graph);
  return {
    unbroken,
    names: objects.map(({ kind, name }) => `${kind} ${name}`),
    phases: Object.fromEntries(objects.map(({ name, phase }) => [name, phase])),
  };
}

test("needs go before kinds, kinds before names", () => {
  expect(
    order(
      draft("view", "a"),
      draft("table", "c"),
      draft("table", "b", { needs: ["d"] }),
      draft("function", "d"),
      draft("function", "e", { needs: ["c"] }),
    ).names,
  ).toEqual(["function d", "table b", "table c", "function e", "view a"]);
});

test("the order does not depend on the order of reading", () => {
  const drafts = ["f", "e", "d", "c", "b", "a"].map((name, index, all) =>
    draft("table", name, { needs: index % 2 ? all.slice(0, index) : [] }),
  );
  expect(order(...drafts.toReversed()).names).toEqual(order(...drafts).names);
});

test("a view that groups by a key is made after all keys, with what needs it", () => {
  const { phases } = order(
    draft("table", "t"),
    draft("primary key", "k", { phase: "keys", needs: ["t"] }),
    draft("view", "grouped", { needs: ["t", "k"] }),
    draft("function", "f", { needs: ["grouped"] }),
    draft("index", "i", { phase: "keys", needs: ["t", "f"] }),
  );
  expect(phases).toEqual({
    t: "structure",
    k: "keys",
    grouped: "rest",
    f: "rest",
    i: "rest",
  });
});

test("a key comes before the rows where a table needs it", () => {
  const { phases, names } = order(
    draft("table", "t"),
    draft("primary key", "k", { phase: "keys", needs: ["t"] }),
    draft("view", "grouped", { needs: ["t", "k"] }),
    draft("table", "of row type", { needs: ["grouped"] }),
  );
  expect(Object.values(phases)).toEqual(Array(4).fill("structure"));
  expect(names.at(-1)).toBe("table of row type");
});

test("a circle of a view and a function is opened by the view's shell", () => {
  const { names, unbroken } = order(
    draft("view", "v", { needs: ["f"], shell: ["SHELL v"] }),
    draft("function", "f", { needs: ["v"] }),
    draft("view", "w", { needs: ["v"], shell: ["SHELL w"] }),
  );
  expect(names).toEqual(["view shell v", "function f", "view v", "view w"]);
  expect(unbroken).toEqual([]);
});

test("functions that call each other begin with a shell", () => {
  const { names, unbroken } = order(
    draft("function", "f", { needs: ["g"], shell: ["SHELL f"] }),
    draft("function", "g", { needs: ["f"], shell: ["SHELL g"] }),
  );
  expect(names.slice(2).toSorted()).toEqual(["function f", "function g"]);
  expect(unbroken).toEqual([]);
});

test("a circle that nothing opens is named, and everything is still there", () => {
  const { names, unbroken } = order(
    draft("table", "a", { needs: ["b"] }),
    draft("table", "b", { needs: ["a"] }),
    draft("table", "c"),
  );
  expect(names.toSorted()).toEqual(["table a", "table b", "table c"]);
  expect(unbroken).toHaveLength(1);
});

test("what only follows gives way to a circle", () => {
  const { names, unbroken } = order(
    draft("check", "p", { follows: ["child"], needs: ["parent"] }),
    draft("table", "parent"),
    draft("table", "child", { needs: ["p", "parent"] }),
  );
  expect(names).toEqual(["table parent", "check p", "table child"]);
  expect(unbroken).toEqual([]);
});

test("a chain of fifty thousand views does not exhaust the stack", () => {
  const length = 50_000;
  const chain = Array.from({ length }, (_, index) =>
    draft("view", `v${index}`, {
      needs: index === 0 ? [] : [`v${index - 1}`],
    }),
  );
  const { names } = order(...chain);
  expect(names.at(0)).toBe("view v0");
  expect(names.at(-1)).toBe(`view v${length - 1}`);
});
