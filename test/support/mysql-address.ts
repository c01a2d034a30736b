import type { MysqlAddress } from "../../src/engine/mysql/connection.ts";

export function mysqlAddressOf(text: string): MysqlAddress {
  const url = new URL(text);
  const database = decodeURIComponent(url.pathname.slice(1));
  const password = decodeURIComponent(url.password);
  return {
    host: url.hostname,
    port: Number(url.port),
    user: decodeURIComponent(url.username),
    database: database === "" ? undefined : database,
    password: async () => (password === "" ? undefined : password),
    tls: async () => undefined,
  };
}
