import { OrdersService } from "./orders-service.ts";
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
  const connect = async (database: string) =>
    stack.use(await connectTo(shop.server, database, signal));
  const users = new UsersService(await connect("users"), seededRandom(1));
  const orders: OrdersService[] = [];
  for (let n = 0; n < ORDERS_CLIENTS; n++) {
    const random = seededRandom(100 + n);
    orders.push(new OrdersService(await connect("orders"), random));
  }
  await Promise.all([
    users.create(size.users),
    orders[0]?.create(size.orders, size.users),
  ]);
  const held = stack.move();
  return {
    clients: [users, ...orders],
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
