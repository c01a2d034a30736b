import { hasCode } from "../../../core/errors.ts";
import { MysqlConnection, type MysqlAddress } from "../connection.ts";
import { serverErrno } from "../errors.ts";
import { quoteQualified } from "../quote.ts";

/** Nobody who writes is to wait longer than this for us, from the asking for the lock to its end. */
const HOLD_MS = 900;
/** A session that is silent this long while it has the lock is that of a process which does not run: the server lets go of it. */
const SILENCE_S = 1;
/** ER_LOCK_WAIT_TIMEOUT */
const LOCK_WAIT_TIMEOUT = 1205;

/** What of the writers is held up. */
export type Hold =
  | { readonly kind: "all" }
  | { readonly kind: "tables"; readonly tables: readonly HeldTable[] };

export interface HeldTable {
  readonly schema: string;
  readonly name: string;
}

/** Somebody who is at work would have had to be waited for. */
export class HeldUp extends Error {}

/** This user, or the server's host, does not allow the lock. */
export class HoldRefused extends Error {}

/**
 * Runs `work` while nobody commits (FLUSH TABLES WITH READ LOCK), or while nobody writes to the tables given. A lock that is asked
 * for stops every writer behind it, even while it waits for somebody: so both the wait and the work end after HOLD_MS, by a KILL
 * where the server waits, and HeldUp is thrown.
 */
export async function whileHeld<T>(
  address: MysqlAddress,
  options: {
    readonly hold: Hold;
    readonly work: (holder: MysqlConnection, limit: AbortSignal) => Promise<T>;
  },
  signal: AbortSignal,
): Promise<T> {
  await using holder = await MysqlConnection.open(
    address,
    {
      name: "base lock",
      settings: { lock_wait_timeout: 1, wait_timeout: SILENCE_S },
    },
    signal,
  );
  const patience = AbortSignal.timeout(HOLD_MS);
  const limit = AbortSignal.any([signal, patience]);
  try {
    await lock(holder, options.hold, limit);
    const result = await options.work(holder, limit);
    await holder.run("UNLOCK TABLES", limit);
    return result;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HoldRefused) throw error;
    if (patience.aborted || serverErrno(error) === LOCK_WAIT_TIMEOUT)
      throw new HeldUp("writers would have had to wait too long", {
        cause: error,
      });
    throw error;
  }
}

async function lock(
  holder: MysqlConnection,
  hold: Hold,
  signal: AbortSignal,
): Promise<void> {
  try {
    await holder.run(lockStatement(hold), signal);
  } catch (error) {
    // Where a hosted server does not let anybody have it, it says that the access is denied.
    if (!hasCode(error, "RIGHT_MISSING", "ACCESS_DENIED")) throw error;
    throw new HoldRefused("the lock is not allowed", { cause: error });
  }
}

function lockStatement(hold: Hold): string {
  // Of no tables there is nothing to hold.
  if (hold.kind === "tables" && hold.tables.length === 0) return "DO 0";
  if (hold.kind === "all") return "FLUSH TABLES WITH READ LOCK";
  const locks = hold.tables.map(
    ({ schema, name }) => `${quoteQualified(schema, name)} READ`,
  );
  return `LOCK TABLES ${locks.join(", ")}`;
}
