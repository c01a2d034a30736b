/** How to log in to a Postgres database. Holds no secret: the password comes from a function, asked at each connection. */
export interface PostgresLogin {
  /** A name, an address, or (absolute path) the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly tls: PostgresTls;
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
export interface PostgresTls {
  readonly mode: TlsMode;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;

/** A host whose traffic does not leave this machine. */
export function isLocalHost(host: string): boolean {
  return host.startsWith("/") || LOOPBACK.test(host);
}

export function postgresLabel(server: {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}): string {
  const user = encodeURIComponent(server.user);
  const database = encodeURIComponent(server.database);
  if (server.host.startsWith("/")) {
    return `postgres://${user}@/${database}?host=${server.host}&port=${server.port}`;
  }
  const host = server.host.includes(":") ? `[${server.host}]` : server.host;
  return `postgres://${user}@${host}:${server.port}/${database}`;
}
