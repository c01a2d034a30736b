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
import type { PostgresServer } from "./postgres-server.ts";
import type { SqlSession } from "./sql-session.ts";
import type { Shell } from "./tidemark-process.ts";

/** One server, a database for each service, and the folder from which its engineer works. */
export interface Shop {
  readonly server: PostgresServer;
  readonly shell: Shell;
}

export const SERVICES = ["users", "orders"] as const;
export const RESTORED = "orders_restored";

/** Makes the databases, and what a user writes: tidemark.yaml, and the environment that it refers to. */
export async function openShop(
  place: {
    readonly server: PostgresServer;
    readonly directory: string;
    readonly env: Environment;
  },
  signal: AbortSignal,
): Promise<Shop> {
  const { server, directory, env } = place;
  {
    await using session = await connectTo(server, "postgres", signal);
    for (const name of SERVICES) await session.query(`CREATE DATABASE ${name}`);
  }
  const port = await findFreePort(signal);
  await writeFile(join(directory, "tidemark.yaml"), configFile(port));
  const variables = {
    USERS_URL: server.url("users"),
    ORDERS_URL: server.url("orders"),
    PGPASSWORD: server.password,
  };
  await writeFile(join(directory, "environment"), exports(variables), {
    mode: 0o600,
  });
  return { server, shell: { directory, env: { ...env, ...variables } } };
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

function configFile(httpPort: number): string {
  return `sources:
  users:
    postgres: "\${USERS_URL}"
    rpo: 1s
  orders:
    postgres: "\${ORDERS_URL}"
    rpo: 1s

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
