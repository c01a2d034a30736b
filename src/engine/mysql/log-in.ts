import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { Connection } from "mysql2";
import { signWithPassword } from "./ed25519-login.ts";

/** Where a server is and how to get in; password and TLS are asked for at every connection, because both rotate. */
export interface ServerLogin {
  /** A name, or the absolute path of a socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string | undefined;
  readonly password: () => Promise<string | undefined>;
  /** undefined: no TLS. */
  readonly tls: () => Promise<ConnectionOptions | undefined>;
}

const CONNECT_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 30_000;

/** utf8mb4_general_ci: of every server, for what is said while logging in. */
const UTF8MB4 = 45;

/** What would change how commands and answers look, or what statements mean. */
const FLAGS = [
  "-FOUND_ROWS",
  "-ODBC",
  "-IGNORE_SPACE",
  "-SESSION_TRACK",
  "-CLIENT_QUERY_ATTRIBUTES",
];

/** What `mysql2` has besides what its types say. */
interface Internals extends Connection {
  stream: Duplex;
  readonly packetParser: { execute(data: Buffer): void };
  startTLS(onSecure: (error?: Error) => void): void;
}

/**
 * The way into a server is mysql2's: the kinds of passwords, and when TLS begins. After that nobody but us reads or writes the
 * socket: rows and the binlog are bytes here, never values of a driver. Errors are as they come.
 */
export async function logIn(
  address: ServerLogin,
  name: string,
  signal: AbortSignal,
): Promise<Duplex> {
  signal.throwIfAborted();
  const { createConnection } = await import("mysql2");
  // Before the connection, whose patience is for a server: a command that makes a token may take longer than that.
  const password = (await address.password()) ?? "";
  const tls = await address.tls();
  const isSocket = address.host.startsWith("/");
  const isPrivate =
    isSocket || (tls !== undefined && tls.rejectUnauthorized !== false);
  signal.throwIfAborted();
  const connection = createConnection({
    ...(isSocket
      ? { socketPath: address.host }
      : { host: address.host, port: address.port }),
    user: address.user,
    password,
    database: address.database ?? "",
    ...(tls === undefined ? {} : { ssl: {} }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    charsetNumber: UTF8MB4,
    flags: FLAGS,
    connectAttributes: { program_name: `tidemark ${name}` },
    // Tokens of cloud providers, PAM and LDAP: only to a server that has shown who it is.
    enableCleartextPlugin: isPrivate,
    authPlugins: {
      client_ed25519: () => (challenge: Buffer) =>
        signWithPassword(password, challenge.subarray(0, 32)),
    },
  }) as Internals;
  if (tls !== undefined) startTlsWith(connection, address.host, tls);
  const cut = () => connection.stream.destroy();
  signal.addEventListener("abort", cut, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      connection.on("error", reject);
      connection.once("connect", () => resolve());
    });
    // Whoever listens for an abort from here on would not hear one that has happened.
    signal.throwIfAborted();
    return connection.stream;
  } catch (error) {
    connection.stream.destroy();
    signal.throwIfAborted();
    throw error instanceof Error && error.cause instanceof Error
      ? error.cause
      : error;
  } finally {
    signal.removeEventListener("abort", cut);
  }
}

/** With every option as it is, and by the host's name also where that is a number: mysql2 passes on only some. */
function startTlsWith(
  connection: Internals,
  host: string,
  tls: ConnectionOptions,
): void {
  connection.startTLS = (onSecure) => {
    // mysql2 writes a code of its own into the error that it gets.
    const refuse = (cause: Error) =>
      onSecure(new Error(cause.message, { cause }));
    const plain = connection.stream;
    plain.removeAllListeners("data");
    const secure = connectTls(
      {
        ...tls,
        host,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        socket: plain,
      },
      () => {
        secure.off("error", refuse);
        secure.on("error", (error) => connection.emit("error", error));
        onSecure();
      },
    );
    secure.once("error", refuse);
    secure.on("data", (data: Buffer) => connection.packetParser.execute(data));
    connection.stream = secure;
  };
}
