import { TidemarkError } from "../../../core/errors.ts";
import { sqlState, translateError } from "../errors.ts";

/** SQLSTATE classes of what is nobody's fault but the server's: resources, its files, internal errors. */
const SERVER_TROUBLE = ["53", "58", "XX"];

/**
 * A walsender that fails while it decodes has refused nothing of ours, and another one may succeed: it begins at a later snapshot.
 * Seen of 18.4 once in an hour of transactions with DDL and crashes: XX000, could not map filenumber to relation OID.
 */
export function translateStreamError(error: unknown, where: string): unknown {
  const translated = translateError(error, where);
  const state = sqlState(translated);
  if (
    !(translated instanceof TidemarkError) ||
    translated.code !== "STATEMENT_FAILED" ||
    !SERVER_TROUBLE.includes(state?.slice(0, 2) ?? "")
  )
    return translated;
  return new TidemarkError("SERVER_FAILED", translated.message, {
    hint: "it is tried again; the server's log says more",
    cause: translated.cause,
    details: { sqlstate: state },
  });
}
