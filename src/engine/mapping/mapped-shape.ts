import type { Engine } from "../../core/database-identity.ts";
import type { Shape } from "../../core/shape.ts";
import { shapeOf } from "../../format/shape-record.ts";
import type { MappedColumn } from "./map-columns.ts";

/** What a target needs to know of rows: the names, in order. Types are numbered by the target's own server. */
export function mappedShape(
  source: Shape,
  to: { readonly engine: Engine; readonly columns: readonly MappedColumn[] },
): Shape {
  return shapeOf({
    table: source.table,
    engine: to.engine,
    namespace: source.namespace,
    name: source.name,
    identity: source.identity,
    columns: to.columns.map(({ name, shape, mapped }) => ({
      name,
      type: mapped.type,
      typeId: 0,
      typeModifier: -1,
      identifies: shape.identifies,
      encoding: mapped.conversion.kind === "bytes" ? "RAW" : "TEXT",
    })),
  });
}
