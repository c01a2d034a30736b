import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../../config/environment.ts";
import { fixedPassword } from "../../config/password.ts";
import {
  databaseLabel,
  type DatabaseLogin,
} from "../../config/database-login.ts";
import { openSqlSession } from "../wiring.ts";
import { findFreePort } from "./free-port.ts";
import type { MysqlOrders } from "./mysql-orders.ts";
import type { OrdersDatabase } from "./orders-database.ts";
import { PostgresOrders } from "./postgres-orders.ts";
import type { PostgresServer } from "./postgres-server.ts";
import type { SqlSession } from "./sql-session.ts";
import type { Shell } from "./tidemark-process.ts";

/** A database for each service, and the folder from which its engineer works. */
export interface Shop {
  /** Of the users, and of the orders where they have no server of their own. */
  readonly server: PostgresServer;
  readonly orders: OrdersDatabase;
  readonly shell: Shell;
}

export const SERVICES = ["users", "orders"] as const;

/** Makes the databases, and what a user writes: tidemark.yaml, and the environment that it refers to. */
export async function openShop(
  place: {
    readonly server: PostgresServer;
    /** Where the orders are, if not there. */
    readonly mysql: MysqlOrders | undefined;
    readonly directory: string;
    readonly env: Environment;
  },
  signal: AbortSignal,
): Promise<Shop> {
  const { server, mysql, directory, env } = place;
  {
    await using session = await connectTo(server, "postgres", signal);
    for (const name of mysql === undefined ? SERVICES : ["users"])
      await session.query(`CREATE DATABASE ${name}`);
  }
  const port = await findFreePort(signal);
  await writeFile(
    join(directory, "tidemark.yaml"),
    configFile(port, mysql === undefined ? "postgres" : "mysql"),
  );
  const variables = {
    USERS_URL: server.url("users"),
    ORDERS_URL: mysql?.sourceUrl ?? server.url("orders"),
    PGPASSWORD: server.password,
    ...(await mysqlPassword(mysql)),
  };
  await writeFile(join(directory, "environment"), exports(variables), {
    mode: 0o600,
  });
  return {
    server,
    orders: mysql ?? new PostgresOrders(server),
    shell: { directory, env: { ...env, ...variables } },
  };
}

async function mysqlPassword(
  mysql: MysqlOrders | undefined,
): Promise<Readonly<Record<string, string>>> {
  const password = await mysql?.password();
  return password === undefined ? {} : { MYSQL_PWD: password };
}

export function loginTo(
  server: PostgresServer,
  database: string,
): DatabaseLogin {
  const place = {
    engine: "postgres" as const,
    host: server.host,
    port: server.port,
    user: "postgres",
    database,
  };
  return {
    ...place,
    label: databaseLabel(place),
    tls: {
      mode: "disable",
      caFile: undefined,
      certFile: undefined,
      keyFile: undefined,
    },
    password: fixedPassword(server.password),
  };
}

export function connectTo(
  server: PostgresServer,
  database: string,
  signal: AbortSignal,
): Promise<SqlSession> {
  return openSqlSession(loginTo(server, database), signal);
}

function configFile(
  httpPort: number,
  ordersEngine: "postgres" | "mysql",
): string {
  const passwordCommand =
    ordersEngine === "mysql"
      ? `    passwordCommand: 'printf "%s" "$MYSQL_PWD"'\n`
      : "";
  return `sources:
  users:
    postgres: "\${USERS_URL}"
    rpo: 1s
  orders:
    ${ordersEngine}: "\${ORDERS_URL}"
${passwordCommand}    rpo: 1s

journal:
  directory: ./tidemark/journal

archive:
  - directory: ./tidemark/archive

http:
  listen: "127.0.0.1:${httpPort}"
`;
}

/** For `. ./environment` in a shell, when the directory is kept. */
function exports(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join("");
}
