import {
  isSameDatabase,
  type DatabaseIdentity,
  type Engine,
} from "../core/database-identity.ts";
import { TidemarkError } from "../core/errors.ts";
import type { Mapping } from "../engine/mapping.ts";
import type { RestoreTarget, TargetState } from "../engine/restore-target.ts";
import type { RestorePlan } from "./plan-restore.ts";

/**
 * A database that must not be written to: by what no other has, or, where it could not be asked for that, by what the configuration
 * calls it.
 */
export type ProtectedSource =
  DatabaseIdentity | { readonly unknown: string; readonly database: string };

/** Before anything is written. Throws TARGET_IS_SOURCE, TARGET_NOT_EMPTY, TARGET_UNSUITABLE. */
export async function checkTarget(
  request: {
    readonly plan: RestorePlan;
    readonly target: RestoreTarget;
    readonly sources: readonly ProtectedSource[];
    readonly source: { readonly engine: Engine; readonly version: string };
    /** Into an engine of another kind, whose versions compare with none of the source's. */
    readonly mapping?: Pick<Mapping, "to"> | undefined;
  },
  signal: AbortSignal,
): Promise<TargetState> {
  const { target, plan, sources } = request;
  const state = await target.inspect(signal);
  for (const source of sources) checkSource(source, target.label, state);
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
  const { engine, version } = request.source;
  const isSuitable =
    request.mapping === undefined
      ? state.engine === engine &&
        !isOlder(engine, state.serverVersion, version)
      : state.engine === request.mapping.to;
  if (!isSuitable) {
    throw new TidemarkError(
      "TARGET_UNSUITABLE",
      `${target.label} is ${ENGINE_NAMES[state.engine]} ${state.serverVersion}, the source was ${ENGINE_NAMES[engine]} ${version}`,
      { hint: "restore into the source's version or a newer one" },
    );
  }
  return state;
}

function checkSource(
  source: ProtectedSource,
  label: string,
  state: TargetState,
): void {
  const hint =
    "restore into a database of another name, compare, then move over";
  if (!("unknown" in source)) {
    if (state.identity !== undefined && isSameDatabase(source, state.identity))
      throw new TidemarkError(
        "TARGET_IS_SOURCE",
        `${label} is a source itself`,
        { hint },
      );
    return;
  }
  // Hosts have many names, and a database has one.
  if (!state.exists || source.database !== state.database) return;
  throw new TidemarkError(
    "TARGET_IS_SOURCE",
    `${label} may be the source ${source.unknown}: that does not answer, nothing of it is archived, and its database has the same name`,
    {
      hint: `${hint}; or correct ${source.unknown} in the configuration (\`tidemark check ${source.unknown}\`)`,
    },
  );
}

const ENGINE_NAMES: Readonly<Record<Engine, string>> = {
  postgres: "Postgres",
  mysql: "MySQL",
  mariadb: "MariaDB",
};

/** By what the engine calls a release: 15, 8.4, 10.11. */
function isOlder(engine: Engine, target: string, source: string): boolean {
  const release = (version: string) => {
    const [first = 0, second = 0] = version.split(".").map(Number);
    return first * 1000 + (engine === "postgres" ? 0 : second);
  };
  return release(target) < release(source);
}
