import { takeFingerprint } from "./fingerprint.ts";
import { CULPRIT, MISTAKE, type Mistake } from "./orders-database.ts";
import { signTransaction } from "./orders-service.ts";
import { inTransaction, type SqlSession } from "./sql-session.ts";

/**
 * The mistake, and in the same transaction, right before it, what the database held. Its locks keep other writers out from
 * before the first look until the commit, and whoever held one has committed visibly: so what is seen is what all earlier
 * transactions in the log left, and no later one. READ COMMITTED, so that the looks come after the locks.
 */
export function makeMistake(session: SqlSession): Promise<Mistake> {
  return inTransaction(session, async () => {
    await session.query(
      "LOCK TABLE orders, order_items, products IN SHARE ROW EXCLUSIVE MODE",
    );
    const before = await takeFingerprint(session);
    const statusesBefore = await countStatuses(session);
    await signTransaction(session, CULPRIT);
    const [done] = await session.query<{ rows: number }>(
      `WITH changed AS (${MISTAKE} RETURNING 1) SELECT count(*)::int4 AS rows FROM changed`,
    );
    return { before, statusesBefore, rows: done?.rows ?? 0 };
  });
}

/** Orders by status, every status there is. */
export async function countStatuses(
  session: SqlSession,
): Promise<ReadonlyMap<string, number>> {
  const rows = await session.query<{ status: string; count: number }>(
    `SELECT status::text, count(o.id)::int4
       FROM unnest(enum_range(NULL::order_status)) AS status LEFT JOIN orders o USING (status)
      GROUP BY status ORDER BY status`,
  );
  return new Map(rows.map(({ status, count }) => [status, count]));
}
