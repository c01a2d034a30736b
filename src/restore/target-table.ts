import type { TableBase } from "../archive/manifest.ts";
import type { TargetTable } from "../engine/restore-target.ts";
import { shapeOfBase } from "./shape-of-base.ts";

/** A base's table as the target knows it. */
export function targetTable(base: TableBase): TargetTable {
  const { table, namespace, name } = base;
  return { table, namespace, name, shape: shapeOfBase(base) };
}
