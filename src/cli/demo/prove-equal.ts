import { TidemarkError } from "../../core/errors.ts";
import { compareFingerprints, type Fingerprint } from "./fingerprint.ts";
import type { NextOrder } from "./orders-database.ts";

export interface Proof {
  readonly tables: readonly {
    readonly table: string;
    readonly rows: number;
    readonly sha256: string;
  }[];
  readonly definitions: number;
}

/** Compares the restored database with what was noted before the mistake. Throws VERIFY_FAILED with every difference. */
export function proveEqual(expected: Fingerprint, found: Fingerprint): Proof {
  const differences = compareFingerprints(expected, found);
  if (differences.length > 0) {
    throw new TidemarkError(
      "VERIFY_FAILED",
      `what was restored is not what was there before:\n${differences.join("\n")}`,
      {
        hint: "this must not happen: please report it, with what `tidemark demo --keep` keeps",
      },
    );
  }
  return {
    tables: [...found.tables].map(([table, each]) => ({ table, ...each })),
    definitions: found.definitions.length,
  };
}

/** The service could go on there: its sequences repeat no number. Throws VERIFY_FAILED. */
export function proveNextOrder(next: NextOrder): number {
  if (next.fresh) return next.id;
  throw new TidemarkError(
    "VERIFY_FAILED",
    "a sequence of the restored database is behind its rows",
    { hint: "this must not happen: please report it" },
  );
}
