import { LOOKS, THINGS, type OrdersClient } from "./orders-database.ts";
import { inTransaction, type SqlSession } from "./sql-session.ts";

const SCHEMA = `
CREATE TYPE order_status AS ENUM ('placed', 'paid', 'shipped', 'delivered', 'cancelled');
CREATE TABLE products (
  id int PRIMARY KEY,
  name text NOT NULL UNIQUE,
  price numeric(10, 2) NOT NULL CHECK (price > 0),
  stock int NOT NULL
);
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL,
  status order_status NOT NULL DEFAULT 'placed',
  invoice bigint UNIQUE,
  placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE SEQUENCE invoice_numbers START 10001 OWNED BY orders.invoice;
CREATE INDEX orders_by_customer ON orders (customer_id, placed_at DESC);
CREATE INDEX orders_by_status ON orders (status, id);
CREATE TABLE order_items (
  order_id bigint NOT NULL REFERENCES orders,
  line int NOT NULL,
  product_id int NOT NULL REFERENCES products,
  quantity int NOT NULL CHECK (quantity > 0),
  price numeric(10, 2) NOT NULL,
  PRIMARY KEY (order_id, line)
);
CREATE VIEW orders_to_ship AS
  SELECT o.id, o.customer_id, sum(i.quantity * i.price) AS total
    FROM orders o JOIN order_items i ON i.order_id = o.id
   WHERE o.status = 'paid' GROUP BY o.id;
`;

/** What the shop begins with; the newest orders are still open. */
const SEED = [
  `INSERT INTO products
   SELECT n, look || ' ' || thing, 4.5 + n * 37 % 90, 1000
     FROM (SELECT row_number() OVER () AS n, look, thing
             FROM unnest($1::text[]) AS look, unnest($2::text[]) AS thing) AS named`,
  `INSERT INTO orders (customer_id, status, invoice, placed_at)
   SELECT 1 + n * 31 % $2::int, status::order_status,
          CASE WHEN status NOT IN ('placed', 'cancelled') THEN nextval('invoice_numbers') END,
          now() - ($1::int - n) * interval '5 minutes'
     FROM generate_series(1, $1::int) AS n,
          LATERAL (SELECT CASE WHEN n % 40 = 0 THEN 'cancelled' WHEN n > $1::int * 0.97 THEN 'placed'
                               WHEN n > $1::int * 0.94 THEN 'paid' WHEN n > $1::int * 0.9 THEN 'shipped'
                               ELSE 'delivered' END AS status) AS states`,
  `INSERT INTO order_items
   SELECT o.id, line, p.id, 1 + (o.id + line) % 3, p.price
     FROM orders o, generate_series(1, 1 + (o.id % 3)::int) AS line,
          LATERAL (SELECT id, price FROM products WHERE id = 1 + (o.id * 13 + line * 5) % $1::int) AS p`,
] as const;

/** Makes and fills its tables. */
export async function createOrders(
  session: SqlSession,
  size: { readonly orders: number; readonly customers: number },
): Promise<void> {
  await session.query(SCHEMA);
  await session.query(SEED[0], [LOOKS, THINGS]);
  await session.query(SEED[1], [size.orders, size.customers]);
  await session.query(SEED[2], [LOOKS.length * THINGS.length]);
}

/** The service `orders`: orders are placed, paid and shipped. */
export class OrdersService implements OrdersClient {
  private readonly session: SqlSession;
  private readonly random: () => number;

  constructor(session: SqlSession, random: () => number) {
    this.session = session;
    this.random = random;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }

  async act(): Promise<void> {
    const dice = this.random();
    if (dice < 0.5) await this.place();
    else if (dice < 0.8) await this.advance("placed", "paid");
    else await this.advance("paid", "shipped");
  }

  /** Tables in the order orders, order_items, products, as everybody who locks them. */
  private async place(): Promise<void> {
    await inTransaction(this.session, async () => {
      await this.signWork();
      await this.session.query(
        `WITH placed AS (
           INSERT INTO orders (customer_id) VALUES (1 + floor($1::float8 * 3000)) RETURNING id)
         INSERT INTO order_items
         SELECT placed.id, line, p.id, 1 + line % 2, p.price
           FROM placed, generate_series(1, 1 + floor($2::float8 * 3)::int) AS line,
                LATERAL (SELECT id, price FROM products WHERE id = 1 + floor($2::float8 * 80)::int + line) AS p`,
        [this.random(), this.random()],
      );
      await this.session.query(
        "UPDATE products SET stock = stock - 1 WHERE id = 1 + floor($1::float8 * 80)::int",
        [this.random()],
      );
    });
  }

  private async advance(from: string, to: string): Promise<void> {
    await inTransaction(this.session, async () => {
      await this.signWork();
      await this.session.query(
        `UPDATE orders SET status = $2::order_status,
                invoice = CASE WHEN $2 = 'paid' THEN nextval('invoice_numbers') ELSE invoice END
          WHERE id = (SELECT id FROM orders WHERE status = $1::order_status
                       ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)`,
        [from, to],
      );
    });
  }

  /** Who did it, into the transaction's own history. */
  private async signWork(): Promise<void> {
    await signTransaction(this.session, "orders-service");
  }
}

/** Any application can do this: it costs no table and no right, and Tidemark keeps it with the transaction. */
export async function signTransaction(
  session: SqlSession,
  user: string,
): Promise<void> {
  await session.query(
    "SELECT pg_logical_emit_message(true, 'tidemark.context', $1)",
    [JSON.stringify({ user })],
  );
}
