import { expect, test } from "vitest";
import {
  relationShape,
  type RelationDescription,
  typeLabel,
} from "../../../../src/engine/postgres/shape.ts";

const relation = (
  replicaIdentity: string,
  flags: readonly boolean[],
): RelationDescription => ({
  table: 16390,
  namespace: "public",
  name: "orders",
  replicaIdentity,
  columns: flags.map((identifies, index) => ({
    name: `c${index}`,
    type: "int4",
    typeId: 23,
    typeModifier: -1,
    identifies,
  })),
});

test.each([
  ["d", [true, false], "KEY"],
  ["d", [false, false], "NONE"],
  ["i", [false, true], "KEY"],
  ["i", [false, false], "NONE"],
  ["f", [true, true], "WHOLE_ROW"],
  ["f", [], "WHOLE_ROW"],
  ["n", [false, false], "NONE"],
])("replica identity %s with flags %j is %s", (identity, flags, expected) => {
  expect(relationShape(relation(identity, flags)).identity).toBe(expected);
});

test("a shape is named by its content", () => {
  const one = relationShape(relation("d", [true, false]));
  expect(relationShape(relation("d", [true, false]))).toEqual(one);
  expect(relationShape(relation("d", [false, true])).id).not.toBe(one.id);
  expect(one.columns.map(({ encoding }) => encoding)).toEqual(["TEXT", "TEXT"]);
});

test("built-in types go without their schema, as a Type message has them", () => {
  expect(typeLabel({ namespace: "pg_catalog", name: "int4" })).toBe("int4");
  expect(typeLabel({ namespace: "", name: "int4" })).toBe("int4");
  // Not its name: it may change, and a walsender does not say so.
  expect(typeLabel({ namespace: "app", name: "status" })).toBe("USER-DEFINED");
});
