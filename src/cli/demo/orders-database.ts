import type { Fingerprint } from "./fingerprint.ts";

/** The mistake, and exactly what all transactions before it had left. */
export interface Mistake {
  readonly before: Fingerprint;
  readonly statusesBefore: ReadonlyMap<string, number>;
  readonly rows: number;
}

export interface NextOrder {
  readonly id: number;
  /** No other order has its number, nor that of its invoice. */
  readonly fresh: boolean;
}

/** Where the service `orders` keeps its orders, and what its engineer does there. */
export interface OrdersDatabase {
  /** For the first chapter: `database orders of Postgres 18`. */
  readonly place: string;
  /** Who computes the fingerprints. */
  readonly engine: string;
  /** What the engineer's client shows before a statement. */
  readonly prompt: string;
  /** The TARGET of the restore, beside the broken one. */
  readonly restoreInto: string;
  /** Makes and fills the tables. */
  create(
    size: { readonly orders: number; readonly customers: number },
    signal: AbortSignal,
  ): Promise<void>;
  /** A client of the service, with a connection of its own. */
  openClient(random: () => number, signal: AbortSignal): Promise<OrdersClient>;
  makeMistake(signal: AbortSignal): Promise<Mistake>;
  countStatuses(
    of: "orders" | "restored",
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, number>>;
  /** Of the restored database, which nobody writes to. */
  fingerprintRestored(signal: AbortSignal): Promise<Fingerprint>;
  /** An order is placed in the restored database and taken back. */
  tryNextOrder(signal: AbortSignal): Promise<NextOrder>;
}

export interface OrdersClient extends AsyncDisposable {
  /** What happens next in the shop: mostly something new. */
  act(): Promise<void>;
}

export const MISTAKE = "UPDATE orders SET status = 'cancelled'";
export const CULPRIT = "sam@shop.example";
export const RESTORED = "orders_restored";

export const LOOKS = [
  "red",
  "blue",
  "oak",
  "linen",
  "copper",
  "green",
  "white",
];
export const THINGS = [
  ...["teapot", "lamp", "notebook", "kettle", "blanket", "mug", "vase"],
  ...["clock", "basket", "candle", "mirror", "stool"],
];
