import { hasCode } from "../../../core/errors.ts";
import { serverErrno } from "../errors.ts";

/** ER_XAER_RMERR with a missing XA_RECOVER_ADMIN; ER_NO_BINARY_LOGGING */
const NOT_SAID = [1401, 1381];

/** Runs what only some may: false where this user may not, or the server has nothing to say. */
export async function hasRight(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (hasCode(error, "RIGHT_MISSING")) return false;
    if (NOT_SAID.includes(serverErrno(error) ?? 0)) return false;
    throw error;
  }
}
