import { fingerprintAtRest } from "./fingerprint.ts";
import { countStatuses, makeMistake } from "./mistake.ts";
import { RESTORED, type OrdersDatabase } from "./orders-database.ts";
import { createOrders, OrdersService } from "./orders-service.ts";
import type { PostgresServer } from "./postgres-server.ts";
import { connectTo } from "./shop.ts";
import type { SqlSession } from "./sql-session.ts";
import { tryNextOrder } from "./try-next-order.ts";

/** Orders in the demo's own Postgres, a database beside that of the users. */
export class PostgresOrders implements OrdersDatabase {
  readonly place = "database orders";
  readonly engine = "Postgres";
  readonly prompt = "orders=#";
  private readonly server: PostgresServer;

  constructor(server: PostgresServer) {
    this.server = server;
  }

  get restoreInto(): string {
    return `postgres://postgres@127.0.0.1:${this.server.port}/${RESTORED}`;
  }

  async create(
    size: { readonly orders: number; readonly customers: number },
    signal: AbortSignal,
  ): Promise<void> {
    await using session = await this.connect("orders", signal);
    await createOrders(session, size);
  }

  async openClient(random: () => number, signal: AbortSignal) {
    return new OrdersService(await this.connect("orders", signal), random);
  }

  async makeMistake(signal: AbortSignal) {
    await using session = await this.connect("orders", signal);
    return await makeMistake(session);
  }

  async countStatuses(of: "orders" | "restored", signal: AbortSignal) {
    const database = of === "orders" ? "orders" : RESTORED;
    await using session = await this.connect(database, signal);
    return await countStatuses(session);
  }

  async fingerprintRestored(signal: AbortSignal) {
    await using session = await this.connect(RESTORED, signal);
    return await fingerprintAtRest(session);
  }

  async tryNextOrder(signal: AbortSignal) {
    await using session = await this.connect(RESTORED, signal);
    return await tryNextOrder(session);
  }

  private connect(database: string, signal: AbortSignal): Promise<SqlSession> {
    return connectTo(this.server, database, signal);
  }
}
