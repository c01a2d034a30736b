import type { VerifyAct } from "../archive/acts.ts";
import type { SourceName } from "../core/source-name.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { CommandContext } from "./context.ts";
import { openSourceCatalog } from "./wiring.ts";

/** Verifying needs no right to write, and a damaged catalog takes no entry: then the report alone says that it happened. */
export async function recordVerify(
  what: {
    readonly store: ObjectStore;
    readonly source: SourceName;
    readonly act: Omit<VerifyAct, "act">;
  },
  context: CommandContext,
): Promise<boolean> {
  try {
    const catalog = await openSourceCatalog(what.store, what.source, context);
    if (catalog.isEmpty) return false;
    await catalog.append({ act: "verify", ...what.act }, context.signal);
    return true;
  } catch (error) {
    context.signal.throwIfAborted();
    context.logger.warn(
      { source: what.source, error: String(error) },
      "the verification was not recorded in the catalog",
    );
    return false;
  }
}
