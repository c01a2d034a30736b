import type { Shape, ShapeId } from "../core/shape.ts";
import { shapeOf } from "./shape-record.ts";

export type NamedTable = Pick<Shape, "table" | "namespace" | "name">;

const ENGINES = ["mysql", "mariadb"] as const;

/**
 * What a TRUNCATE of MySQL refers to. The log says no columns with it, and those of before or after may be others: so it has none.
 * Reading it again from elsewhere makes the same one.
 */
export function truncationShape(
  { table, namespace, name }: NamedTable,
  engine: (typeof ENGINES)[number],
): Shape {
  return shapeOf({
    ...{ table, engine, namespace, name },
    ...{ identity: "NONE", columns: [] },
  });
}

/** A table was only emptied under one of these: of its columns that says nothing. */
export function truncationShapes(table: NamedTable): ReadonlySet<ShapeId> {
  return new Set(ENGINES.map((engine) => truncationShape(table, engine).id));
}
