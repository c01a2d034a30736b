import type { PostgresAddress } from "../../src/engine/postgres/connection.ts";

/** Over TCP, as a capture host would. */
export function benchAddress(text: string): PostgresAddress {
  const url = new URL(text);
  return {
    host: url.hostname,
    port: Number(url.port),
    database: url.pathname.slice(1),
    user: decodeURIComponent(url.username),
    password: async () => decodeURIComponent(url.password),
    tls: async () => undefined,
  };
}
