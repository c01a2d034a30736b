import type { DatabaseUrl } from "./database-login.ts";
import { parseMysqlUrl } from "./mysql-url.ts";
import { parsePostgresUrl } from "./postgres-url.ts";

/** A URL of any engine, by its scheme. Throws USAGE. */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  return isMysqlUrl(text) ? parseMysqlUrl(text) : parsePostgresUrl(text);
}

export function isMysqlUrl(text: string): boolean {
  return /^(mysql|mariadb):/i.test(text);
}
