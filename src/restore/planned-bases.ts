import { readManifest } from "../archive/base-documents.ts";
import type { TableBase } from "../archive/manifest.ts";
import type { TableId } from "../core/shape.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { checkManifest } from "./check-manifest.ts";
import type { RestorePlan } from "./plan-restore.ts";

/** The manifests' lines of the planned tables. Throws ARCHIVE_DAMAGED, OBJECT_MISSING. */
export async function readPlannedBases(
  store: ObjectStore,
  plan: RestorePlan,
  signal: AbortSignal,
): Promise<ReadonlyMap<TableId, TableBase>> {
  const found = new Map<TableId, TableBase>();
  for (const act of new Set(plan.tables.map((table) => table.base.base))) {
    const lines = await readManifest(store, act.manifest, signal);
    checkManifest(act, lines);
    for (const base of lines) {
      const planned = plan.tables.find((table) => table.table === base.table);
      if (planned?.base.base === act) found.set(base.table, base);
    }
  }
  return found;
}

export function requireBase(
  bases: ReadonlyMap<TableId, TableBase>,
  table: TableId,
): TableBase {
  const base = bases.get(table);
  if (base === undefined) throw new Error(`no base of table ${table} was read`);
  return base;
}
