import type { DatabaseUrl } from "./database-login.ts";
import { tlsModeOf, UrlParts } from "./url-parts.ts";

const FORM = {
  what: "Postgres",
  form: "postgres://user@host:5432/database",
  protocols: ["postgres:", "postgresql:"],
  parameters: [
    "host",
    "port",
    "dbname",
    "user",
    "password",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
  ],
} as const;

/**
 * A connection URI as libpq has it (PostgreSQL documentation, 34.1.1.2), one host only. Everything must be said: there is
 * no default for user or database that the next machine would resolve otherwise. Throws USAGE.
 */
export function parsePostgresUrl(
  text: string,
): DatabaseUrl & { readonly engine: "postgres" } {
  const parts = new UrlParts(text, FORM);
  const { url } = parts;
  const mode = parts.get("sslmode");
  const ca = parts.get("sslrootcert");
  // For libpq this also means verify-full; as a plain path it would fail late, and dropped it would go unnoticed.
  if (ca === "system") {
    throw parts.wrong(
      "leave out sslrootcert=system and say sslmode=verify-full: the system's certificates are the default",
    );
  }
  return {
    engine: "postgres",
    host: parts.host(parts.pick("host", parts.hostname)),
    port: parts.port(parts.pick("port", url.port), 5432),
    database: parts.need("database", parts.pick("dbname", parts.path)),
    user: parts.need("user", parts.pick("user", url.username)),
    password: parts.pick("password", url.password),
    tls: {
      mode: mode === undefined ? undefined : tlsModeOf(mode),
      ca,
      cert: parts.get("sslcert"),
      key: parts.get("sslkey"),
    },
  };
}
