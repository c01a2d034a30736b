import { TidemarkError, type ErrorCode } from "../../core/errors.ts";
import { translateNetworkError } from "../../platform/network-errors.ts";

/** Of the server, as it came by us or by mysql2 while logging in. */
interface MysqlError extends Error {
  readonly errno?: number | string;
  readonly code?: string;
  readonly sqlState?: string | undefined;
}

const UNREACHABLE = "SERVER_UNREACHABLE";
const BY_LOGIN = "check user, password, and from which hosts the user may come";
const BY_RIGHT = "`tidemark check` names the right and its GRANT";

/** The server's error numbers (MySQL's and MariaDB's manuals, "server error reference") → our code and what to do. */
const CODES: ReadonlyMap<number, readonly [ErrorCode, string]> = new Map([
  [1045, ["ACCESS_DENIED", BY_LOGIN]],
  [1698, ["ACCESS_DENIED", BY_LOGIN]],
  [1130, ["ACCESS_DENIED", "no user may come from this host: CREATE USER"]],
  [1251, ["ACCESS_DENIED", "the user's authentication plugin is too old"]],
  [1524, ["ACCESS_DENIED", "the user's authentication plugin is not loaded"]],
  [1820, ["ACCESS_DENIED", "the password has to be set anew: ALTER USER"]],
  [1862, ["ACCESS_DENIED", "the password has expired: ALTER USER"]],
  [3118, ["ACCESS_DENIED", "the account is locked: ALTER USER … UNLOCK"]],
  [4151, ["ACCESS_DENIED", "the account is locked: ALTER USER … UNLOCK"]],
  [3159, ["ACCESS_DENIED", "the server wants TLS: tls: { mode: verify-full }"]],
  [1049, ["NOT_FOUND", "create the database or correct its name"]],
  [1044, ["RIGHT_MISSING", BY_RIGHT]],
  [1142, ["RIGHT_MISSING", BY_RIGHT]],
  [1143, ["RIGHT_MISSING", BY_RIGHT]],
  [1227, ["RIGHT_MISSING", BY_RIGHT]],
  [1370, ["RIGHT_MISSING", BY_RIGHT]],
  [1021, ["DISK_FULL", "free space on the server's disk"]],
  [1040, [UNREACHABLE, "raise max_connections or close sessions"]],
  [1203, [UNREACHABLE, "raise max_user_connections or close sessions"]],
  [1226, [UNREACHABLE, "the user has used up what it may"]],
  [1129, [UNREACHABLE, "the server blocks this host: FLUSH HOSTS"]],
  [1053, [UNREACHABLE, "the server shuts down"]],
  [1927, [UNREACHABLE, "the connection was ended by a KILL"]],
  [4031, [UNREACHABLE, "the server ended the idle connection"]],
] as const);

/** ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK */
const LOCKED = [1205, 1213];
/** ER_OPTION_PREVENTS_STATEMENT, ER_READ_ONLY_MODE */
const READ_ONLY = [1290, 1836];

/** mysql2 reports these without an errno. */
const DRIVER_CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  PROTOCOL_CONNECTION_LOST: [UNREACHABLE, "the server closed the connection"],
  HANDSHAKE_NO_SSL_SUPPORT: [
    UNREACHABLE,
    "give the server a certificate (ssl_cert, ssl_key), or go without: tls: { mode: disable }",
  ],
  HANDSHAKE_UNKNOWN_ERROR: [UNREACHABLE, "is this a MySQL server's port?"],
  AUTH_SWITCH_PLUGIN_ERROR: [
    "ACCESS_DENIED",
    "use caching_sha2_password, mysql_native_password or ed25519 for this user",
  ],
  MYSQL_CLEAR_PASSWORD_NOT_ENABLED: [
    "ACCESS_DENIED",
    "the user's password goes to the server as it is: only with tls: { mode: verify-full }",
  ],
};

/** One translation for all of this engine: by the server's errno or the system's. Errors that are ours pass through. */
export function translateError(
  error: unknown,
  where: string,
  statement?: string,
): unknown {
  if (!(error instanceof Error) || error instanceof TidemarkError) return error;
  if (error.name === "AbortError") return error;
  const server = error as MysqlError;
  const message = `${where}: ${server.message}`;
  const network = translateNetworkError(server, message);
  if (network !== undefined) return network;
  const { errno } = server;
  const known =
    (typeof errno === "number" ? CODES.get(errno) : undefined) ??
    DRIVER_CODES[server.code ?? ""];
  if (known !== undefined) {
    const [code, hint] = known;
    return new TidemarkError(code, message, { hint, cause: error });
  }
  if (typeof errno !== "number" || errno <= 0) return error;
  const hint = hintOf(errno);
  return new TidemarkError("STATEMENT_FAILED", message, {
    cause: error,
    details: {
      errno,
      sqlstate: server.sqlState,
      statement: statement?.slice(0, 2000),
    },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The server's error number behind an error of this engine. */
export function serverErrno(error: unknown): number | undefined {
  const cause: unknown = error instanceof TidemarkError ? error.cause : error;
  if (!(cause instanceof Error)) return undefined;
  const { errno } = cause as MysqlError;
  return typeof errno === "number" && errno > 0 ? errno : undefined;
}

function hintOf(errno: number): string | undefined {
  if (LOCKED.includes(errno))
    return "somebody's open transaction holds what this needs: try again once it has ended";
  return READ_ONLY.includes(errno)
    ? "the server takes no changes (read_only): is this the primary?"
    : undefined;
}
