import { TidemarkError } from "../../core/errors.ts";
import {
  compareFingerprints,
  fingerprintAtRest,
  type Fingerprint,
} from "./fingerprint.ts";
import type { SqlSession } from "./sql-session.ts";

export interface Proof {
  readonly tables: readonly {
    readonly table: string;
    readonly rows: number;
    readonly sha256: string;
  }[];
  readonly definitions: number;
}

/** Compares a restored database with what was noted before the mistake. Throws VERIFY_FAILED with every difference. */
export async function proveEqual(
  expected: Fingerprint,
  session: SqlSession,
): Promise<Proof> {
  const found = await fingerprintAtRest(session);
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

/** The service could go on there: its sequences repeat no number. Nothing stays of the try. Throws VERIFY_FAILED. */
export async function tryNextOrder(session: SqlSession): Promise<number> {
  const next = await tryAndUndo(session);
  if (next?.fresh === true) return next.id;
  throw new TidemarkError(
    "VERIFY_FAILED",
    "a sequence of the restored database is behind its rows",
    { hint: "this must not happen: please report it" },
  );
}

async function tryAndUndo(session: SqlSession) {
  await session.query("BEGIN");
  try {
    const [next] = await session.query<{ id: number; fresh: boolean }>(
      `WITH last AS (SELECT max(id) AS id, max(invoice) AS invoice FROM orders),
            next AS (INSERT INTO orders (customer_id, status, invoice) VALUES (1, 'paid', nextval('invoice_numbers'))
                     RETURNING id, invoice)
       SELECT next.id::int4 AS id, next.id > last.id AND next.invoice > last.invoice AS fresh FROM last, next`,
    );
    return next;
  } finally {
    await session.query("ROLLBACK");
  }
}
