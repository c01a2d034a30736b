import { TidemarkError } from "../core/errors.ts";
import type { RestoreTarget } from "../engine/restore-target.ts";
import type { LoadedTable } from "./load-tables.ts";

export interface VerifiedTable {
  readonly table: string;
  readonly rows: number;
  readonly digest: string;
}

/** Reads every table back from the target and compares rows and digest with what was sent. Throws VERIFY_FAILED, naming all. */
export async function verifyTables(
  work: {
    readonly target: RestoreTarget;
    readonly loaded: readonly LoadedTable[];
    readonly streams: number;
    readonly tell: (done: number, of: number, unit: "rows") => void;
  },
  signal: AbortSignal,
): Promise<readonly VerifiedTable[]> {
  const { target, loaded } = work;
  const waiting = [...loaded].sort((a, b) => b.rows - a.rows);
  const of = loaded.reduce((sum, table) => sum + table.rows, 0);
  let done = 0;
  const differences: string[] = [];
  const next = async (): Promise<void> => {
    for (
      let table = waiting.shift();
      table !== undefined;
      table = waiting.shift()
    ) {
      const found = await target.digest(table.target, signal);
      done += found.rows;
      work.tell(done, of, "rows");
      if (found.rows === table.rows && found.digest === table.digest) continue;
      differences.push(
        `${table.label}: ${found.rows} rows, digest ${found.digest}, instead of ${table.rows} rows, digest ${table.digest}`,
      );
    }
  };
  await Promise.all(Array.from({ length: work.streams }, next));
  if (differences.length > 0) {
    throw new TidemarkError(
      "VERIFY_FAILED",
      `the target does not hold what was restored: ${differences.join("; ")}`,
      {
        hint: "do not use this database; another session may have written to it, or a generated column may not be what its expression gives now (docs/what-is-restored.md). Drop it and restore again",
      },
    );
  }
  return loaded
    .map(({ label, rows, digest }) => ({ table: label, rows, digest }))
    .sort((a, b) => (a.table < b.table ? -1 : 1));
}
