import type { MysqlSession } from "./mysql-session.ts";
import { LOOKS, THINGS, type OrdersClient } from "./orders-database.ts";

const SCHEMA = [
  `CREATE TABLE products (
     id int PRIMARY KEY,
     name varchar(60) NOT NULL UNIQUE,
     price decimal(10, 2) NOT NULL CHECK (price > 0),
     stock int NOT NULL
   ) ENGINE = InnoDB`,
  `CREATE TABLE orders (
     id bigint AUTO_INCREMENT PRIMARY KEY,
     customer_id bigint NOT NULL,
     status enum('placed', 'paid', 'shipped', 'delivered', 'cancelled') NOT NULL DEFAULT 'placed',
     invoice bigint UNIQUE,
     placed_at timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
     KEY orders_by_customer (customer_id, placed_at),
     KEY orders_by_status (status, id)
   ) ENGINE = InnoDB`,
  `CREATE TABLE order_items (
     order_id bigint NOT NULL,
     line int NOT NULL,
     product_id int NOT NULL,
     quantity int NOT NULL CHECK (quantity > 0),
     price decimal(10, 2) NOT NULL,
     PRIMARY KEY (order_id, line),
     FOREIGN KEY (order_id) REFERENCES orders (id),
     FOREIGN KEY (product_id) REFERENCES products (id)
   ) ENGINE = InnoDB`,
  `CREATE VIEW orders_to_ship AS
     SELECT o.id, o.customer_id, SUM(i.quantity * i.price) AS total
       FROM orders o JOIN order_items i ON i.order_id = o.id
      WHERE o.status = 'paid' GROUP BY o.id, o.customer_id`,
] as const;

const FIRST_INVOICE = 10_001;
/** Rows of one INSERT. */
const BATCH = 1_000;

/** Makes and fills the tables of the service; the newest orders are still open. */
export async function createOrders(
  session: MysqlSession,
  size: { readonly orders: number; readonly customers: number },
  signal: AbortSignal,
): Promise<void> {
  for (const sql of SCHEMA) await session.run(sql, signal);
  const products = LOOKS.flatMap((look, n) =>
    THINGS.map((thing, m) => {
      const id = n * THINGS.length + m + 1;
      return `(${id}, '${look} ${thing}', ${priceOf(id)}, 1000)`;
    }),
  );
  const orders: string[] = [];
  const items: string[] = [];
  let invoice = FIRST_INVOICE;
  for (let n = 1; n <= size.orders; n++) {
    const status = statusOf(n, size.orders);
    const hasInvoice = status !== "placed" && status !== "cancelled";
    orders.push(
      `(${n}, ${1 + ((n * 31) % size.customers)}, '${status}', ${hasInvoice ? invoice++ : "NULL"}, NOW(6) - INTERVAL ${(size.orders - n) * 5} MINUTE)`,
    );
    for (let line = 1; line <= 1 + (n % 3); line++) {
      const product = 1 + ((n * 13 + line * 5) % products.length);
      items.push(
        `(${n}, ${line}, ${product}, ${1 + ((n + line) % 3)}, ${priceOf(product)})`,
      );
    }
  }
  const fill = async (into: string, rows: readonly string[]) => {
    for (let at = 0; at < rows.length; at += BATCH) {
      const values = rows.slice(at, at + BATCH).join(", ");
      await session.run(`INSERT INTO ${into} VALUES ${values}`, signal);
    }
  };
  await fill("products", products);
  await fill("orders", orders);
  await fill("order_items", items);
}

function priceOf(product: number): string {
  return (4.5 + ((product * 37) % 90)).toFixed(2);
}

function statusOf(n: number, orders: number): string {
  if (n % 40 === 0) return "cancelled";
  if (n > orders * 0.97) return "placed";
  if (n > orders * 0.94) return "paid";
  return n > orders * 0.9 ? "shipped" : "delivered";
}

/** The service `orders`: orders are placed, paid and shipped. */
export class MysqlOrdersService implements OrdersClient {
  private readonly session: MysqlSession;
  private readonly random: () => number;
  private readonly signal: AbortSignal;

  constructor(
    session: MysqlSession,
    random: () => number,
    signal: AbortSignal,
  ) {
    this.session = session;
    this.random = random;
    this.signal = signal;
  }

  async act(): Promise<void> {
    const dice = this.random();
    if (dice < 0.5) await this.place();
    else if (dice < 0.8) await this.advance("placed", "paid");
    else await this.advance("paid", "shipped");
  }

  /** Tables in the order orders, order_items, products, as everybody who locks them. */
  private async place(): Promise<void> {
    const customer = 1 + Math.floor(this.random() * 3000);
    const lines = 1 + Math.floor(this.random() * 3);
    const product = 1 + Math.floor(this.random() * 80);
    await this.inTransaction(async (run) => {
      await run(
        signed(
          "orders-service",
          `INSERT INTO orders (customer_id) VALUES (${customer})`,
        ),
      );
      await run(
        `INSERT INTO order_items
         SELECT LAST_INSERT_ID(), p.id - ${product} + 1, p.id, 1 + p.id % 2, p.price
           FROM products p WHERE p.id >= ${product} AND p.id < ${product + lines}`,
      );
      await run(
        `UPDATE products SET stock = stock - 1 WHERE id = ${1 + Math.floor(this.random() * 80)}`,
      );
    });
  }

  private async advance(from: string, to: string): Promise<void> {
    await this.inTransaction(async (run) => {
      const [oldest] = await this.session.query(
        `SELECT id FROM orders WHERE status = '${from}' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
        this.signal,
      );
      if (oldest === undefined) return;
      // Whoever pays next waits for this one: the numbers of invoices have no hole.
      const invoice =
        to === "paid"
          ? ", invoice = (SELECT next FROM (SELECT MAX(invoice) + 1 AS next FROM orders) AS last)"
          : "";
      await run(
        signed(
          "orders-service",
          `UPDATE orders SET status = '${to}'${invoice} WHERE id = ${oldest[0]}`,
        ),
      );
    });
  }

  private async inTransaction(
    work: (run: (sql: string) => Promise<unknown>) => Promise<void>,
  ): Promise<void> {
    const run = (sql: string) => this.session.run(sql, this.signal);
    await run("START TRANSACTION");
    try {
      await work(run);
      await run("COMMIT");
    } catch (error) {
      // What went wrong first is what counts; a connection that is gone rolls back by itself.
      await run("ROLLBACK").catch(() => undefined);
      if (!mayTryAgain(error)) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }
}

/** Deadlock, a wait that was too long, an invoice number that somebody else has got: as in any shop, it is tried again later. */
function mayTryAgain(error: unknown): boolean {
  const errno = (error as { details?: { errno?: unknown } }).details?.errno;
  return errno === 1213 || errno === 1205 || errno === 1062;
}

/** Who did it: a comment that the log has where it keeps statements, and Tidemark with the transaction. */
export function signed(user: string, sql: string): string {
  return `/* ${JSON.stringify({ user })} */ ${sql}`;
}
