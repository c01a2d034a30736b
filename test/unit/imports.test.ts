import ts from "typescript";
import { describe, expect, test } from "vitest";
import { findCycles } from "../support/cycles.ts";
import { objection } from "../support/import-rules.ts";
import {
  findImports,
  parseSource,
  readSourceFiles,
  visitNodes,
} from "../support/source-files.ts";

const files = readSourceFiles("src");
const imports = files.flatMap(findImports);

test("every import stays within what its folder may know", () => {
  expect(imports.length).toBeGreaterThan(0);
  const broken = imports.flatMap((each) => {
    const why = objection(each);
    return why === undefined ? [] : [`${each.file}: ${each.specifier}: ${why}`];
  });
  expect(broken).toEqual([]);
});

test("no file imports itself by a detour, not even for types", () => {
  const edges = new Map(files.map(({ path }) => [path, [] as string[]]));
  for (const { file, target } of imports) {
    if (target !== undefined) edges.get(file)?.push(target);
  }
  expect(findCycles(edges)).toEqual([]);
});

test("every imported file exists", () => {
  const paths = new Set(files.map(({ path }) => path));
  const missing = imports.filter(
    ({ target }) => target !== undefined && !paths.has(target),
  );
  expect(missing).toEqual([]);
});

test("no file only hands on what others export", () => {
  const barrels = files.filter(({ tree }) =>
    tree.statements.some(
      (each) =>
        ts.isExportDeclaration(each) && each.moduleSpecifier !== undefined,
    ),
  );
  expect(barrels.map(({ path }) => path)).toEqual([]);
});

test("no file is longer than 400 lines", () => {
  const long = files.filter(({ text }) => text.split("\n").length > 401);
  expect(long.map(({ path }) => path)).toEqual([]);
});

test("the environment and the process's end are in one place each", () => {
  const places: Readonly<Record<string, string>> = {
    "process.env": "src/config/load-config.ts",
    "process.exit": "src/main.ts",
  };
  const strays: string[] = [];
  for (const { path, tree } of files) {
    visitNodes(tree, (node) => {
      if (!ts.isPropertyAccessExpression(node)) return;
      const place = places[node.getText()];
      if (place !== undefined && place !== path) {
        strays.push(`${path}: ${node.getText()} belongs to ${place}`);
      }
    });
  }
  expect(strays).toEqual([]);
});

describe("the rules themselves", () => {
  const why = (file: string, text: string) =>
    findImports(parseSource(file, text)).map(objection);

  test.each([
    ["src/core/a.ts", 'import { x } from "../format/b.ts"'],
    ["src/core/a.ts", 'import { readFile } from "node:fs/promises"'],
    ["src/format/a.ts", 'import type { X } from "../archive/b.ts"'],
    ["src/fold/a.ts", 'export type A = import("../engine/b.ts").B'],
    ["src/restore/a.ts", 'import { x } from "../journal/journal.ts"'],
    ["src/archive/a.ts", 'await import("../storage/s3/b.ts")'],
    ["src/archive/a.ts", "await import(name)"],
    ["src/archive/a.ts", 'new URL("../fold/b.worker.ts", import.meta.url)'],
    ["src/engine/postgres/target/a.ts", 'import { x } from "../source/b.ts"'],
    ["src/engine/postgres/a.ts", 'import { x } from "./source/b.ts"'],
    ["src/journal/kafka/a.ts", 'import { x } from "../directory/b.ts"'],
    ["src/cli/run.ts", 'import { x } from "../storage/s3/b.ts"'],
    ["src/archive/a.ts", 'import { Client } from "pg"'],
    ["src/archive/a.ts", 'import { x } from "left-pad"'],
    ["src/core/a.ts", 'import { x } from "./b.js"'],
    ["src/core/a.ts", 'import { x } from "../../test/support/b.ts"'],
  ])("refuse %s: %s", (file, text) => {
    expect(why(file, text)).toEqual([expect.any(String)]);
  });

  test.each([
    ["src/format/a.ts", 'import { x } from "../core/b.ts"'],
    ["src/archive/a.ts", 'import { x } from "../storage/object-store.ts"'],
    ["src/archive/a.ts", 'import { z } from "zod"'],
    ["src/engine/postgres/target/a.ts", 'import { x } from "../quote.ts"'],
    ["src/engine/postgres/target/a.ts", 'import { x } from "../../port.ts"'],
    ["src/engine/restore-target.ts", 'import { x } from "./definitions.ts"'],
    ["src/cli/wiring.ts", 'import { x } from "../storage/s3/b.ts"'],
    ["src/services/a.ts", 'import { x } from "../journal/journal.ts"'],
  ])("allow %s: %s", (file, text) => {
    expect(why(file, text)).toEqual([undefined]);
  });

  test("see a cycle, and none where there is none", () => {
    const cyclic = { a: ["b"], b: ["c"], c: ["b"], d: ["a"] };
    expect(findCycles(new Map(Object.entries(cyclic)))).toEqual([["b", "c"]]);
    expect(findCycles(new Map(Object.entries({ a: ["b"], b: [] })))).toEqual(
      [],
    );
    expect(findCycles(new Map([["a", ["a"]]]))).toEqual([["a"]]);
  });
});
