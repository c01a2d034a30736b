import type { OrdersClient } from "./orders-database.ts";
import { seededRandom } from "./random.ts";
import { connectTo, type Shop } from "./shop.ts";
import type { TrafficClient } from "./traffic.ts";
import { UsersService } from "./users-service.ts";

export interface ShopSize {
  readonly users: number;
  readonly orders: number;
}

export interface Services extends AsyncDisposable {
  /** A connection each, as the services' own clients. */
  readonly clients: readonly TrafficClient[];
}

const ORDERS_CLIENTS = 3;

/** Makes and fills the tables of both services; who uses them comes later. */
export async function openServices(
  shop: Shop,
  size: ShopSize,
  signal: AbortSignal,
): Promise<Services> {
  await using stack = new AsyncDisposableStack();
  const users = new UsersService(
    stack.use(await connectTo(shop.server, "users", signal)),
    seededRandom(1),
  );
  await Promise.all([
    users.create(size.users),
    shop.orders.create({ orders: size.orders, customers: size.users }, signal),
  ]);
  const orders: OrdersClient[] = [];
  for (let n = 0; n < ORDERS_CLIENTS; n++) {
    const random = seededRandom(100 + n);
    orders.push(stack.use(await shop.orders.openClient(random, signal)));
  }
  const held = stack.move();
  return {
    clients: [users, ...orders],
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
