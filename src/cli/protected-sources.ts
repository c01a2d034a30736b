import type { DatabaseIdentity } from "../core/database-identity.ts";
import { hasCode } from "../core/errors.ts";
import type { SourceName } from "../core/source-name.ts";
import type { Logger } from "../platform/logger.ts";
import type { ProtectedSource } from "../restore/check-target.ts";

export interface AskForSources {
  /** The database itself, as the configuration reaches it. */
  readonly live: (source: SourceName) => Promise<DatabaseIdentity>;
  /** What the archive says that it was; undefined where none has begun. */
  readonly archived: (
    source: SourceName,
  ) => Promise<DatabaseIdentity | undefined>;
  readonly logger: Logger;
}

/**
 * Every source of the configuration is safe from being restored into. One that does not answer may be the target all the same: by
 * another name of its host, or with another password.
 */
export async function protectedSources(
  sources: Iterable<{ readonly name: SourceName; readonly database: string }>,
  ask: AskForSources,
  signal: AbortSignal,
): Promise<readonly ProtectedSource[]> {
  const found: ProtectedSource[] = [];
  for (const { name, database } of sources) {
    const known =
      (await attempt(ask, { source: name, from: "live" }, signal)) ??
      (await attempt(ask, { source: name, from: "archived" }, signal));
    // Its server says that it is not there: nothing that exists can be it.
    if (known === "none") continue;
    found.push(known ?? { unknown: name, database });
  }
  return found;
}

async function attempt(
  ask: AskForSources,
  what: { readonly source: SourceName; readonly from: "live" | "archived" },
  signal: AbortSignal,
): Promise<DatabaseIdentity | "none" | undefined> {
  const { source, from } = what;
  try {
    return await ask[from](source);
  } catch (error) {
    signal.throwIfAborted();
    if (from === "live" && hasCode(error, "NOT_FOUND")) return "none";
    ask.logger.debug({ source, from, error: String(error) }, "not identified");
    return undefined;
  }
}
