import { TidemarkError } from "../core/errors.ts";
import { nearest } from "./nearest.ts";
import { TLS_MODES, type TlsMode } from "./postgres-login.ts";

/** What a URL says; `tls` only what it says. */
export interface PostgresUrl {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly sslmode: TlsMode | undefined;
  readonly sslrootcert: string | undefined;
  readonly sslcert: string | undefined;
  readonly sslkey: string | undefined;
}

const FORM = "postgres://user@host:5432/database";
/** `user@/database?host=…` is fine for libpq and not for the URL standard; a name that cannot be a host stands in. */
const NO_HOST = /^([a-z]+:\/\/[^/?#]*@)(?=(:\d*)?([/?#]|$))/i;
const NOBODY = "nobody.invalid";
const PARAMETERS = [
  "host",
  "port",
  "dbname",
  "user",
  "password",
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
] as const;
type Parameter = (typeof PARAMETERS)[number];

/**
 * A connection URI as libpq has it (PostgreSQL documentation, 34.1.1.2), one host only. Everything must be said: there is
 * no default for user or database that the next machine would resolve otherwise. Throws USAGE; the message never
 * holds the URL, which may hold a password.
 */
export function parsePostgresUrl(text: string): PostgresUrl {
  const url = URL.parse(text.replace(NO_HOST, `$1${NOBODY}`)) ?? undefined;
  if (url?.protocol !== "postgres:" && url?.protocol !== "postgresql:") {
    throw notAUrl("not a Postgres URL");
  }
  if (url.hash !== "") throw notAUrl('it has a "#": write it as %23');
  const parameters = readParameters(url);
  const pick = (parameter: Parameter, fromUrl: string): string | undefined => {
    const other = parameters.get(parameter);
    if (fromUrl === "") return other;
    if (other !== undefined) throw notAUrl(`it says ${parameter} twice`);
    return decode(fromUrl);
  };
  const sslmode = parameters.get("sslmode");
  const sslrootcert = parameters.get("sslrootcert");
  // For libpq this also means verify-full; as a plain path it would fail late, and dropped it would go unnoticed.
  if (sslrootcert === "system") {
    throw notAUrl(
      "leave out sslrootcert=system and say sslmode=verify-full: the system's certificates are the default",
    );
  }
  return {
    host: hostOf(pick("host", hostnameOf(url))),
    port: portOf(pick("port", url.port)),
    database: need("database", pick("dbname", url.pathname.replace(/^\//, ""))),
    user: need("user", pick("user", url.username)),
    password: pick("password", url.password),
    sslmode: sslmode === undefined ? undefined : tlsModeOf(sslmode),
    sslrootcert,
    sslcert: parameters.get("sslcert"),
    sslkey: parameters.get("sslkey"),
  };
}

/** Whether a URL of any kind carries a password, however malformed the rest is. */
export function carriesPassword(text: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*:[^/?#]*@/i.test(text) ||
    /[?&]password=/i.test(text)
  );
}

function readParameters(url: URL): ReadonlyMap<Parameter, string> {
  const found = new Map<Parameter, string>();
  for (const [name, value] of url.searchParams) {
    const known = PARAMETERS.find((parameter) => parameter === name);
    if (known === undefined) {
      const meant = nearest(name, PARAMETERS);
      throw new TidemarkError("USAGE", `unknown parameter "${name}" in a URL`, {
        hint:
          meant === undefined
            ? `known: ${PARAMETERS.join(", ")}`
            : `nearest: ${meant}`,
      });
    }
    if (found.has(known)) throw notAUrl(`it says ${name} twice`);
    found.set(known, value);
  }
  return found;
}

function hostnameOf(url: URL): string {
  if (url.hostname === NOBODY) return "";
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

function hostOf(text: string | undefined): string {
  const host = need("host", text);
  if (host.includes(",")) throw notAUrl("it names several hosts: name one");
  return host;
}

function portOf(text: string | undefined): number {
  const port = Number(text ?? "5432");
  if (!/^\d+$/.test(text ?? "5432") || port < 1 || port > 65_535) {
    throw notAUrl("its port is not a number from 1 to 65535");
  }
  return port;
}

export function tlsModeOf(text: string): TlsMode {
  const mode = TLS_MODES.find((known) => known === text);
  if (mode !== undefined) return mode;
  const silent = text === "prefer" || text === "allow";
  throw new TidemarkError(
    "USAGE",
    silent
      ? `TLS mode "${text}" may silently go unencrypted`
      : `"${text}" is not a TLS mode`,
    { hint: `one of ${TLS_MODES.join(", ")}` },
  );
}

function need(what: string, text: string | undefined): string {
  if (text === undefined || text === "") throw notAUrl(`it names no ${what}`);
  return text;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notAUrl('it has a "%" that begins no escape: write it as %25');
  }
}

function notAUrl(why: string): TidemarkError {
  return new TidemarkError("USAGE", `the URL is wrong: ${why}`, {
    hint: FORM,
  });
}
