import { expect, test } from "vitest";
import {
  compareFingerprints,
  fingerprintAtRest,
} from "../../../src/cli/demo/fingerprint.ts";
import {
  proveEqual,
  proveNextOrder,
} from "../../../src/cli/demo/prove-equal.ts";
import { createOrders } from "../../../src/cli/demo/orders-service.ts";
import type { SqlSession } from "../../../src/cli/demo/sql-session.ts";
import { tryNextOrder } from "../../../src/cli/demo/try-next-order.ts";
import { caught } from "../../support/caught.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import {
  connectClient,
  createDatabaseAt,
  withDatabase,
} from "../../support/postgres-client.ts";

describePostgres([18], (postgres) => {
  /** A shop in a database of its own. */
  async function openShop(): Promise<SqlSession> {
    const url = postgres.server.url("postgres");
    const name = await createDatabaseAt(url);
    const client = await connectClient(withDatabase(url, name));
    const session: SqlSession = {
      query: async <Row>(sql: string, parameters?: readonly unknown[]) => {
        const { rows } = await client.query(sql, [...(parameters ?? [])]);
        return rows as Row[];
      },
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
    await createOrders(session, { orders: 200, customers: 50 });
    return session;
  }

  test("a database that nobody touched is what it was", async () => {
    await using shop = await openShop();
    const before = await fingerprintAtRest(shop);
    expect([...before.tables.keys()]).toEqual([
      ...["public.order_items", "public.orders", "public.products"],
    ]);
    const proof = proveEqual(before, await fingerprintAtRest(shop));
    expect(proof.tables.find(({ table }) => table === "public.orders")).toEqual(
      expect.objectContaining({ rows: 200 }),
    );
    // Rows in another place, as after a restore, are the same rows.
    await shop.query("UPDATE orders SET status = status");
    proveEqual(before, await fingerprintAtRest(shop));
  });

  test.each([
    ["UPDATE orders SET status = 'cancelled' WHERE id = 7", "public.orders"],
    [
      "UPDATE products SET stock = CASE id WHEN 1 THEN 1001 WHEN 2 THEN 999 ELSE stock END",
      "public.products",
    ],
    ["DELETE FROM order_items WHERE order_id = 9", "public.order_items"],
    ["INSERT INTO orders (customer_id) VALUES (1)", "public.orders"],
    ["DROP INDEX orders_by_customer", "orders_by_customer"],
    ["DROP VIEW orders_to_ship", "orders_to_ship"],
    [
      "ALTER TABLE order_items DROP CONSTRAINT order_items_order_id_fkey",
      "FOREIGN KEY",
    ],
    ["ALTER TABLE products ALTER stock SET DEFAULT 5", "stock"],
    ["ALTER TYPE order_status ADD VALUE 'lost'", "lost"],
    ["CREATE TABLE extra ()", "public.extra"],
  ])("%s is found", async (tampering, named) => {
    await using shop = await openShop();
    const before = await fingerprintAtRest(shop);
    await shop.query(tampering);
    const differences = compareFingerprints(
      before,
      await fingerprintAtRest(shop),
    );
    expect(differences.join("\n")).toContain(named);
    const found = await fingerprintAtRest(shop);
    const error = await caught(() => proveEqual(before, found));
    expect(error.code).toBe("VERIFY_FAILED");
    expect(error.message).toContain(named);
  });

  test("a sequence that would repeat a number is found, and the try leaves no order", async () => {
    await using shop = await openShop();
    const before = await fingerprintAtRest(shop);
    expect(proveNextOrder(await tryNextOrder(shop))).toBe(201);
    proveEqual(before, await fingerprintAtRest(shop));
    await shop.query("SELECT setval('invoice_numbers', 10002)");
    await expect(tryNextOrder(shop)).rejects.toThrow();
    const behind = { id: 1, fresh: false };
    expect((await caught(() => proveNextOrder(behind))).code).toBe(
      "VERIFY_FAILED",
    );
    proveEqual(before, await fingerprintAtRest(shop));
  });
});
