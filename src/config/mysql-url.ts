import { TidemarkError } from "../core/errors.ts";
import type { DatabaseUrl, TlsMode } from "./database-login.ts";
import { UrlParts } from "./url-parts.ts";

const FORM = {
  what: "MySQL",
  form: "mysql://user@host:3306/ or, for one schema, mysql://user@host:3306/schema",
  protocols: ["mysql:", "mariadb:"],
  parameters: [
    "socket",
    "password",
    "ssl-mode",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
  ],
} as const;

/** The mysql client's words (MySQL manual, "Command Options for Encrypted Connections") without the one that may go unencrypted. */
const MODES: Readonly<Record<string, TlsMode>> = {
  DISABLED: "disable",
  REQUIRED: "require",
  VERIFY_CA: "verify-ca",
  VERIFY_IDENTITY: "verify-full",
};

/** A server of MySQL or MariaDB, and in the path the one schema that is meant; none: all. Throws USAGE. */
export function parseMysqlUrl(
  text: string,
): DatabaseUrl & { readonly engine: "mysql" } {
  const parts = new UrlParts(text, FORM);
  const { url } = parts;
  const mode = parts.get("ssl-mode");
  const socket = parts.get("socket");
  if (socket !== undefined && !socket.startsWith("/"))
    throw parts.wrong("its socket is no absolute path");
  if (socket !== undefined && parts.hostname !== "")
    throw parts.wrong("it names a host and a socket: keep one");
  return {
    engine: "mysql",
    host: socket ?? parts.host(parts.hostname),
    port: parts.port(url.port === "" ? undefined : url.port, 3306),
    database: parts.path === "" ? "" : parts.decode(parts.path),
    user: parts.need("user", parts.decode(url.username)),
    password: parts.pick("password", url.password),
    tls: {
      mode: mode === undefined ? undefined : modeOf(mode),
      ca: parts.get("ssl-ca"),
      cert: parts.get("ssl-cert"),
      key: parts.get("ssl-key"),
    },
  };
}

function modeOf(text: string): TlsMode {
  const mode = MODES[text.toUpperCase()];
  if (mode !== undefined) return mode;
  throw new TidemarkError(
    "USAGE",
    text.toUpperCase() === "PREFERRED"
      ? 'ssl-mode "PREFERRED" may silently go unencrypted'
      : `"${text}" is not an ssl-mode`,
    { hint: `one of ${Object.keys(MODES).join(", ")}` },
  );
}
