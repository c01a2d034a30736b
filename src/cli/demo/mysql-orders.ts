import type { DatabaseLogin } from "../../config/database-login.ts";
import { databaseLabel } from "../../config/database-login.ts";
import { TidemarkError } from "../../core/errors.ts";
import { openMysqlSession } from "../wiring.ts";
import { takeFingerprint } from "./mysql-fingerprint.ts";
import {
  createOrders,
  MysqlOrdersService,
  signed,
} from "./mysql-orders-service.ts";
import type { MysqlSession } from "./mysql-session.ts";
import {
  CULPRIT,
  MISTAKE,
  RESTORED,
  type OrdersDatabase,
} from "./orders-database.ts";

const ORDERS = "orders";
const NAMES = { mysql: "MySQL", mariadb: "MariaDB" } as const;

/** Orders on a server of the user's, in a schema that the demo makes and drops. */
export class MysqlOrders implements OrdersDatabase, AsyncDisposable {
  readonly place: string;
  readonly engine: string;
  readonly prompt: string;
  private readonly login: DatabaseLogin;
  private readonly keep: boolean;

  private constructor(
    login: DatabaseLogin,
    server: Pick<MysqlSession, "version" | "flavour">,
    keep: boolean,
  ) {
    this.login = login;
    this.keep = keep;
    this.engine = NAMES[server.flavour];
    this.prompt = `${server.flavour}>`;
    this.place = `schema ${ORDERS} of ${this.engine} ${server.version}, ${login.label}`;
  }

  /** Throws TARGET_NOT_EMPTY where the server has something of these names: it is not ours to drop. */
  static async open(
    login: DatabaseLogin,
    keep: boolean,
    signal: AbortSignal,
  ): Promise<MysqlOrders> {
    await using session = await openMysqlSession(
      { ...login, database: "" },
      signal,
    );
    const [taken] = await session.query(
      `SELECT schema_name FROM information_schema.schemata WHERE schema_name IN ('${ORDERS}', '${RESTORED}')`,
      signal,
    );
    if (taken !== undefined) {
      throw new TidemarkError(
        "TARGET_NOT_EMPTY",
        `${login.label} has a schema ${taken[0]} already`,
        { hint: "give the demo a server where nothing is called so" },
      );
    }
    await session.run(
      `CREATE DATABASE ${ORDERS} CHARACTER SET utf8mb4`,
      signal,
    );
    return new MysqlOrders(login, session, keep);
  }

  get restoreInto(): string {
    return databaseLabel({ ...this.login, database: RESTORED });
  }

  /** For tidemark.yaml. */
  get sourceUrl(): string {
    return databaseLabel({ ...this.login, database: ORDERS });
  }

  /** What the server's own password is, for the environment of the commands. */
  password(): Promise<string | undefined> {
    return this.login.password();
  }

  async create(
    size: { readonly orders: number; readonly customers: number },
    signal: AbortSignal,
  ): Promise<void> {
    await using session = await this.connect(ORDERS, signal);
    await createOrders(session, size, signal);
  }

  async openClient(random: () => number, signal: AbortSignal) {
    const session = await this.connect(ORDERS, signal);
    return new MysqlOrdersService(session, random, signal);
  }

  /**
   * Under locks that keep every other writer out from before the first look until the commit: what is seen is what all earlier
   * transactions in the log left, and no later one (MySQL manual, "LOCK TABLES … with transactional tables": autocommit off).
   */
  async makeMistake(signal: AbortSignal) {
    await using session = await this.connect(ORDERS, signal);
    await session.run("SET autocommit = 0", signal);
    await session.run(
      "LOCK TABLES orders WRITE, order_items WRITE, products WRITE",
      signal,
    );
    const before = await takeFingerprint(session, signal);
    const statusesBefore = await readStatuses(session, signal);
    const { affectedRows } = await session.run(
      signed(CULPRIT, MISTAKE),
      signal,
    );
    await session.run("COMMIT", signal);
    await session.run("UNLOCK TABLES", signal);
    return { before, statusesBefore, rows: affectedRows };
  }

  async countStatuses(of: "orders" | "restored", signal: AbortSignal) {
    const schema = of === "orders" ? ORDERS : RESTORED;
    await using session = await this.connect(schema, signal);
    return await readStatuses(session, signal);
  }

  async fingerprintRestored(signal: AbortSignal) {
    await using session = await this.connect(RESTORED, signal);
    return await takeFingerprint(session, signal);
  }

  async tryNextOrder(signal: AbortSignal) {
    await using session = await this.connect(RESTORED, signal);
    await session.run("START TRANSACTION", signal);
    try {
      const [last] = await session.query("SELECT MAX(id) FROM orders", signal);
      await session.run("INSERT INTO orders (customer_id) VALUES (1)", signal);
      const [next] = await session.query("SELECT LAST_INSERT_ID()", signal);
      const id = Number(next?.[0]);
      return { id, fresh: id > Number(last?.[0]) };
    } finally {
      await session.run("ROLLBACK", signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.keep) return;
    const signal = AbortSignal.timeout(30_000);
    await using session = await this.connect("", signal);
    // `tidemark` is what `prepare` made there for this source; that of another source stays, with its rows.
    for (const schema of [RESTORED, ORDERS])
      await session.run(`DROP DATABASE IF EXISTS ${schema}`, signal);
  }

  private async connect(
    database: string,
    signal: AbortSignal,
  ): Promise<MysqlSession> {
    const session = await openMysqlSession({ ...this.login, database }, signal);
    await keepStatements(session, signal);
    return session;
  }
}

/** So that the log says who did it; without the right to ask for that the demo goes on, and says that nobody knows. */
async function keepStatements(
  session: MysqlSession,
  signal: AbortSignal,
): Promise<void> {
  const variable =
    session.flavour === "mysql"
      ? "binlog_rows_query_log_events"
      : "binlog_annotate_row_events";
  await session
    .run(`SET SESSION ${variable} = ON`, signal)
    .catch((error: unknown) => {
      if (!(error instanceof TidemarkError)) throw error;
      if (error.code !== "RIGHT_MISSING") throw error;
    });
}

async function readStatuses(
  session: MysqlSession,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const rows = await session.query(
    "SELECT status, COUNT(*) FROM orders GROUP BY status ORDER BY status + 0",
    signal,
  );
  return new Map(rows.map(([status, count]) => [status ?? "", Number(count)]));
}
