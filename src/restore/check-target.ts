import { TidemarkError } from "../core/errors.ts";
import type { RestoreTarget, TargetState } from "../engine/restore-target.ts";
import type { RestorePlan } from "./plan-restore.ts";

/** Before anything is written. Throws TARGET_IS_SOURCE, TARGET_NOT_EMPTY, TARGET_UNSUITABLE. */
export async function checkTarget(
  request: {
    readonly plan: RestorePlan;
    readonly target: RestoreTarget;
    readonly sources: readonly {
      readonly systemIdentifier: string;
      readonly databaseOid: number;
    }[];
    readonly sourceVersion: string;
  },
  signal: AbortSignal,
): Promise<TargetState> {
  const { target, plan, sources } = request;
  const state = await target.inspect(signal);
  const isSource = sources.some(
    (source) =>
      source.systemIdentifier === state.systemIdentifier &&
      source.databaseOid === state.databaseOid,
  );
  if (isSource) {
    throw new TidemarkError(
      "TARGET_IS_SOURCE",
      `${target.label} is a source itself`,
      {
        hint: "restore into a database of another name, compare, then move over",
      },
    );
  }
  if (!state.empty) {
    throw new TidemarkError(
      "TARGET_NOT_EMPTY",
      `${target.label} holds objects already`,
      {
        hint: "name a database that does not exist: it is created",
      },
    );
  }
  if (state.planHash !== undefined && state.planHash !== plan.hash) {
    throw new TidemarkError(
      "TARGET_NOT_EMPTY",
      `${target.label} holds the restore of another plan, which has not said that it is finished`,
      {
        hint: "restore the same point again to finish it, or drop that database",
      },
    );
  }
  if (major(state.serverVersion) < major(request.sourceVersion)) {
    throw new TidemarkError(
      "TARGET_UNSUITABLE",
      `${target.label} is Postgres ${state.serverVersion}, the source was ${request.sourceVersion}`,
      { hint: "restore into the source's version or a newer one" },
    );
  }
  return state;
}

function major(version: string): number {
  return Number.parseInt(version, 10);
}
