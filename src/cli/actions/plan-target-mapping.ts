import type { Engine } from "../../core/database-identity.ts";
import { TidemarkError } from "../../core/errors.ts";
import type { ArchiveReading } from "../../archive/find-commit.ts";
import type { DatabaseLogin } from "../../config/database-login.ts";
import type { RestoreTarget } from "../../engine/restore-target.ts";
import { mapRestore, type MappedRestore } from "../../restore/map-restore.ts";
import type { RestorePlan } from "../../restore/plan-restore.ts";
import type { CommandContext } from "../context.ts";
import { openMapping } from "../wiring.ts";

/** Whether one dialect is not the other's: MySQL and MariaDB have the same. */
export function crossesEngines(source: Engine, target: DatabaseLogin): boolean {
  return (source === "postgres") !== (target.engine === "postgres");
}

/**
 * What the source becomes in the target, which is asked what it is and not written to. What is not mapped is told on stderr before
 * anything else happens. Throws TARGET_UNSUITABLE when something has no mapping, or nobody said that one is wanted.
 */
export async function planTargetMapping(
  request: {
    readonly archive: ArchiveReading;
    readonly plan: RestorePlan;
    readonly partial: boolean;
    readonly target: RestoreTarget;
    readonly isWanted: boolean;
  },
  { output, signal }: CommandContext,
): Promise<MappedRestore> {
  const { target, archive } = request;
  const { engine: to } = await target.inspect(signal);
  const planMapping = await openMapping();
  const mapped = await mapRestore({ ...request, to, planMapping }, signal);
  const { remarks, refusals } = mapped.mapping;
  const from = archive.state.source.engine;
  const details = { from, to, refusals, remarks };
  for (const line of remarks) output.note(`not the same in ${to}: ${line}`);
  if (refusals.length > 0) {
    throw new TidemarkError(
      "TARGET_UNSUITABLE",
      `${target.label} is ${to}, the source was ${from}, and not everything has a mapping: ${refusals.join("; ")}`,
      {
        hint: "restore without those tables: --table names the others",
        details,
      },
    );
  }
  if (!request.isWanted) {
    throw new TidemarkError(
      "TARGET_UNSUITABLE",
      `${target.label} is ${to}, the source was ${from}: tables, keys, indexes and rows can be mapped, ${remarks.length === 0 ? "and nothing is lost" : `and ${remarks.length} things are not the same then`}`,
      {
        hint: "read the list above and docs/mapping.md, then add --map",
        details,
      },
    );
  }
  return mapped;
}
