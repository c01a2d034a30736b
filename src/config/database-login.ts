/** How to log in to a database. Holds no secret: the password comes from a function, asked at each connection. */
export interface DatabaseLogin {
  /** Whose protocol is spoken; MariaDB speaks MySQL's. */
  readonly engine: "postgres" | "mysql";
  /** A name, an address, or an absolute path: Postgres: the directory of a Unix socket; MySQL: the socket. */
  readonly host: string;
  readonly port: number;
  /** MySQL: the one schema that is meant; empty: all of the server's. */
  readonly database: string;
  readonly user: string;
  readonly tls: DatabaseTls;
  /** `postgres://user@host:port/database`, for people. */
  readonly label: string;
  /** undefined: none was configured (peer, trust, a client certificate). Throws CONFIG when it cannot be had. */
  password(): Promise<string | undefined>;
}

export const TLS_MODES = [
  "disable",
  "require",
  "verify-ca",
  "verify-full",
] as const;
export type TlsMode = (typeof TLS_MODES)[number];

/** libpq's modes without the two that may silently go unencrypted. The files are read at each connection, so they may rotate. */
export interface DatabaseTls {
  readonly mode: TlsMode;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** What a URL says; of TLS only what it says. */
export interface DatabaseUrl {
  readonly engine: DatabaseLogin["engine"];
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly tls: {
    readonly mode: TlsMode | undefined;
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
  };
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;

/** A host whose traffic does not leave this machine. */
export function isLocalHost(host: string): boolean {
  return host.startsWith("/") || LOOPBACK.test(host);
}

export function databaseLabel(server: {
  readonly engine: DatabaseLogin["engine"];
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}): string {
  const { engine } = server;
  const user = encodeURIComponent(server.user);
  const database = encodeURIComponent(server.database);
  if (server.host.startsWith("/")) {
    return engine === "postgres"
      ? `${engine}://${user}@/${database}?host=${server.host}&port=${server.port}`
      : `${engine}://${user}@/${database}?socket=${server.host}`;
  }
  const host = server.host.includes(":") ? `[${server.host}]` : server.host;
  return `${engine}://${user}@${host}:${server.port}/${database}`;
}
