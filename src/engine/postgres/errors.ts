import { TidemarkError, type ErrorCode } from "../../core/errors.ts";
import { translateNetworkError } from "../../platform/network-errors.ts";

interface ServerError extends Error {
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** SQLSTATE (Appendix A of the Postgres manual) → our code and what to do. */
const CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  "28P01": ["ACCESS_DENIED", "check user and password"],
  "28000": ["ACCESS_DENIED", "check pg_hba.conf, user and TLS mode"],
  "3D000": ["NOT_FOUND", "create the database or correct its name"],
  "42501": ["RIGHT_MISSING", "`tidemark check` names the right and its GRANT"],
  "55006": ["SLOT_BUSY", "another process reads this slot: stop it, or wait"],
  "53100": ["DISK_FULL", "free space on the server's disk"],
  "53300": ["SERVER_UNREACHABLE", "raise max_connections or close sessions"],
  "57P01": ["SERVER_UNREACHABLE", "the server ended the connection"],
  "57P02": ["SERVER_UNREACHABLE", "the server crashed and restarts"],
  "57P03": ["SERVER_UNREACHABLE", "the server is starting or stopping"],
};

const LOCK_NOT_AVAILABLE = "55P03";

/** `pg` reports these without a code; the texts are its own, not the server's. */
const DRIVER_TEXTS = [
  "Connection terminated",
  "timeout expired",
  "Client has encountered a connection error and is not queryable",
  "Client was closed and is not queryable",
];

/** `pg` reports this without a code. */
const NO_TLS = "The server does not support SSL connections";

/** One translation for all of this engine: by SQLSTATE or errno. Errors that are ours pass through. */
export function translateError(
  error: unknown,
  where: string,
  statement?: string,
): unknown {
  if (!(error instanceof Error) || error instanceof TidemarkError) return error;
  if (error.name === "AbortError") return error;
  const server = error as ServerError;
  const detail = server.detail === undefined ? "" : ` (${server.detail})`;
  const message = `${where}: ${server.message}${detail}`;
  if (server.message === NO_TLS) {
    return new TidemarkError("SERVER_UNREACHABLE", message, {
      hint: "set ssl = on in the server, or go without: tls: { mode: disable }",
    });
  }
  const network = translateNetworkError(server, message);
  if (network !== undefined) return network;
  const known = CODES[server.code ?? ""];
  if (known !== undefined) {
    return new TidemarkError(known[0], message, {
      hint: known[1],
      cause: error,
    });
  }
  if (server.code?.startsWith("08")) {
    return new TidemarkError("SERVER_UNREACHABLE", message, { cause: error });
  }
  if (server.code === undefined) {
    return DRIVER_TEXTS.some((text) => server.message.startsWith(text))
      ? new TidemarkError("SERVER_UNREACHABLE", message, { cause: error })
      : error;
  }
  const hint =
    server.code === LOCK_NOT_AVAILABLE
      ? "somebody's open transaction holds what this needs: try again once it has ended"
      : server.hint;
  return new TidemarkError("STATEMENT_FAILED", message, {
    cause: error,
    details: { sqlstate: server.code, statement: statement?.slice(0, 2000) },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The SQLSTATE behind an error of this engine. */
export function sqlState(error: unknown): string | undefined {
  const cause: unknown = error instanceof TidemarkError ? error.cause : error;
  if (!(cause instanceof Error)) return undefined;
  return (cause as ServerError).code;
}
