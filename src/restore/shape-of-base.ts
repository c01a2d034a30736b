import type { Shape } from "../core/shape.ts";
import type { TableBase } from "../archive/manifest.ts";
import { TidemarkError } from "../core/errors.ts";
import { shapeOf } from "../format/shape-record.ts";

/** The shape that a manifest's line describes. Throws ARCHIVE_DAMAGED when it is not the one that it names. */
export function shapeOfBase(base: TableBase): Shape {
  const shape = shapeOf({
    table: base.table,
    engine: base.engine,
    namespace: base.namespace,
    name: base.name,
    identity: base.identity,
    columns: base.columns,
  });
  if (shape.id === base.shape) return shape;
  throw new TidemarkError(
    "ARCHIVE_DAMAGED",
    `the manifest's columns of ${base.namespace}.${base.name} are not those of shape ${base.shape}`,
    { hint: "restore the manifest from a copy of the archive" },
  );
}
