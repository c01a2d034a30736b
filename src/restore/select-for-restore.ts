import type { Definitions } from "../engine/definitions.ts";
import { selectDefinitions } from "../engine/select-definitions.ts";
import type { RestorePlan } from "./plan-restore.ts";

/** What of the stored definitions this restore makes, and what it leaves out, a line each. */
export function selectForRestore(
  stored: Definitions,
  options: { readonly plan: RestorePlan; readonly partial: boolean },
): { readonly definitions: Definitions; readonly leftOut: readonly string[] } {
  if (!options.partial)
    return { definitions: stored, leftOut: stored.notRestored };
  const tables = new Set(options.plan.tables.map((table) => table.table));
  const { definitions, leftOut } = selectDefinitions(stored, tables);
  return { definitions, leftOut };
}
