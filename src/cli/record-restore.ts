import type { Catalog } from "../archive/catalog.ts";
import type { RestorePlan } from "../restore/plan-restore.ts";
import type { RestoreReport } from "../restore/restore.ts";
import type { CommandContext } from "./context.ts";

/**
 * Before the report is given and the ledger dropped: a run that is killed in between is repeated, and finds its entry by the
 * restore's id. A restore needs no right to write into the archive: where it cannot, the report alone says that it happened.
 */
export async function recordRestore(
  catalog: Catalog,
  what: {
    readonly request: string;
    readonly plan: RestorePlan;
    readonly report: RestoreReport;
    readonly target: string;
  },
  context: CommandContext,
): Promise<boolean> {
  try {
    await catalog.appendRestore(
      {
        act: "restore",
        id: what.report.id,
        requested: what.request,
        seq: what.report.seq,
        target: what.target,
        planHash: what.plan.hash,
        outcome: "verified",
        rows: what.report.rows,
      },
      context.signal,
    );
    return true;
  } catch (error) {
    context.logger.warn(
      { error: String(error) },
      "the restore was not recorded in the catalog",
    );
    return false;
  }
}
