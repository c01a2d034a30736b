import { hasCode } from "../../../core/errors.ts";
import { MysqlConnection, type MysqlAddress } from "../connection.ts";
import { serverErrno } from "../errors.ts";

/** ER_LOCK_WAIT_TIMEOUT */
const LOCK_WAIT_TIMEOUT = 1205;
/** As long as the reading of the definitions takes; a process that does not run is not to hold DDL up for longer. */
const SILENCE_S = 60;

/**
 * MySQL's LOCK INSTANCE FOR BACKUP, where it is granted and no DDL is at work: definitions then are those of the snapshot, and need not be
 * read again. Without it whatever comes between shows in the log. MariaDB's BACKUP STAGE, which alone does that there, holds writers of
 * some engines up as well.
 */
export async function holdDefinitions(
  address: MysqlAddress,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const connection = await MysqlConnection.open(
    address,
    {
      name: "base",
      settings: { lock_wait_timeout: 1, wait_timeout: SILENCE_S },
    },
    signal,
  );
  if (connection.flavour !== "mysql") return connection;
  try {
    await connection.run("LOCK INSTANCE FOR BACKUP", signal);
  } catch (error) {
    if (
      !hasCode(error, "RIGHT_MISSING", "ACCESS_DENIED") &&
      serverErrno(error) !== LOCK_WAIT_TIMEOUT
    ) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }
  return connection;
}
