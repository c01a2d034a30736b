import {
  databaseLabel,
  type DatabaseLogin,
} from "../../config/database-login.ts";
import { fixedPassword } from "../../config/password.ts";
import { openSqlSession } from "../wiring.ts";
import type { PostgresServer } from "./postgres-server.ts";
import type { SqlSession } from "./sql-session.ts";

function loginTo(server: PostgresServer, database: string): DatabaseLogin {
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
