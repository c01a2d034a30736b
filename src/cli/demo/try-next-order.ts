import type { NextOrder } from "./orders-database.ts";
import type { SqlSession } from "./sql-session.ts";

/** Nothing stays of the try but the numbers that it took. */
export async function tryNextOrder(session: SqlSession): Promise<NextOrder> {
  await session.query("BEGIN");
  try {
    const [next] = await session.query<{ id: number; fresh: boolean }>(
      `WITH last AS (SELECT max(id) AS id, max(invoice) AS invoice FROM orders),
            next AS (INSERT INTO orders (customer_id, status, invoice) VALUES (1, 'paid', nextval('invoice_numbers'))
                     RETURNING id, invoice)
       SELECT next.id::int4 AS id, next.id > last.id AND next.invoice > last.invoice AS fresh FROM last, next`,
    );
    if (next === undefined) throw new Error("INSERT … RETURNING gives a row");
    return next;
  } finally {
    await session.query("ROLLBACK");
  }
}
