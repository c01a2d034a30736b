import { TidemarkError } from "../../../core/errors.ts";
import { sleep } from "../../../platform/sleep.ts";
import type { PostgresConnection } from "../connection.ts";

const POLL_MS = 50;
const PATIENCE_MS = 60_000;

/**
 * A restore that was killed leaves sessions that finish their statement before they notice, and a COMMIT that was under way still
 * counts: what is done can only be read once they are gone. Ends the other writing sessions of restores in this database; only
 * for who has hold of it, so that none of them is of a restore that lives.
 */
export async function endEarlierSessions(
  connection: PostgresConnection,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const others = await connection.query<{ pid: number }>(
      `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
          AND application_name = current_setting('application_name')`,
    );
    if (others.length === 0) return;
    if (Date.now() > deadline) {
      const pids = others.map(({ pid }) => pid).join(", ");
      throw new TidemarkError(
        "TARGET_UNSUITABLE",
        `an earlier restore is still at work in the target: backend ${pids}`,
        { hint: "wait until it has ended, or drop that database" },
      );
    }
    await sleep(POLL_MS, signal);
  }
}
