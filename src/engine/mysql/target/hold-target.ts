import { hash } from "node:crypto";
import { TidemarkError } from "../../../core/errors.ts";
import { sleep } from "../../../platform/sleep.ts";
import { MysqlConnection } from "../connection.ts";
import { serverErrno } from "../errors.ts";
import { quoteLiteral } from "../quote.ts";
import type { TargetPlace } from "./target-place.ts";

const POLL_MS = 100;
/** A server takes a moment to see that a client which was killed is gone. */
const PATIENCE_MS = 10_000;
const ENDING_PATIENCE_MS = 60_000;
/** More than a restore opens at once: one that was ended keeps its place until the server has rolled back. */
const PLACES = 32;
/** ER_NO_SUCH_THREAD */
const NO_SUCH_SESSION = 1094;

/** A restore's proof that it lives, for as long as it works in a target. */
export interface TargetHold extends AsyncDisposable {
  /**
   * For every session that is to write: it gets a place among the restore's sessions, by which whoever takes the hold over finds and ends
   * it; one that comes later finds out here that it has nothing to write any more. Throws SERVER_UNREACHABLE.
   */
  admit(writer: MysqlConnection, signal: AbortSignal): Promise<void>;
}

/**
 * A lock of a session that does nothing else: the server lets go of it when the process is gone, however it went, while those of its
 * sessions that are busy go on to the end of their statement. Throws TARGET_BUSY when a restore that lives has it.
 */
export async function holdTarget(
  place: TargetPlace,
  signal: AbortSignal,
): Promise<TargetHold> {
  await using stack = new AsyncDisposableStack();
  const connection = stack.use(
    await MysqlConnection.open(place.address, { name: "restore hold" }, signal),
  );
  const lock = quoteLiteral(lockName(place));
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const [ours] = await connection.queryOne(
      `SELECT GET_LOCK(${lock}, 0)`,
      signal,
    );
    if (ours === "1") break;
    if (performance.now() > deadline)
      throw await busy(connection, place, signal);
    await sleep(POLL_MS, signal);
  }
  const held = stack.move();
  return {
    admit: async (writer, aborted) => {
      await takePlace(writer, place, aborted);
      const [holder] = await writer.queryOne(
        `SELECT IS_USED_LOCK(${lock})`,
        aborted,
      );
      if (holder === connection.id) return;
      throw new TidemarkError(
        "SERVER_UNREACHABLE",
        `${place.label}: the session that held the target for this restore has ended`,
        { hint: "run the same restore again: it is resumed" },
      );
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/**
 * A restore that was killed leaves sessions that finish their statement before they notice, and a COMMIT that was under way still
 * counts: what is done can only be read once they are gone. Only for who has the hold, so that none of them is of a restore that lives.
 */
export async function endEarlierSessions(
  connection: MysqlConnection,
  place: TargetPlace,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + ENDING_PATIENCE_MS;
  for (;;) {
    const others = await readPlaces(connection, place, signal);
    if (others.length === 0) return;
    if (performance.now() > deadline) {
      throw new TidemarkError(
        "TARGET_UNSUITABLE",
        `an earlier restore is still at work in the target: session ${others.join(", ")}`,
        { hint: "wait until it has ended: it may have to roll a load back" },
      );
    }
    for (const id of others) await kill(connection, id, signal);
    await sleep(POLL_MS, signal);
  }
}

async function kill(
  connection: MysqlConnection,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await connection.run(`KILL ${id}`, signal);
  } catch (error) {
    if (serverErrno(error) !== NO_SUCH_SESSION) throw error;
  }
}

async function readPlaces(
  connection: MysqlConnection,
  place: TargetPlace,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const used = Array.from(
    { length: PLACES },
    (_, n) => `IS_USED_LOCK(${quoteLiteral(lockName(place, n))})`,
  );
  const ids = await connection.queryOne(`SELECT ${used.join(", ")}`, signal);
  return ids.filter((id) => id !== null && id !== connection.id) as string[];
}

async function takePlace(
  writer: MysqlConnection,
  place: TargetPlace,
  signal: AbortSignal,
): Promise<void> {
  for (let n = 0; n < PLACES; n++) {
    const [ours] = await writer.queryOne(
      `SELECT GET_LOCK(${quoteLiteral(lockName(place, n))}, 0)`,
      signal,
    );
    if (ours === "1") return;
  }
  throw new TidemarkError(
    "TARGET_UNSUITABLE",
    `${place.label}: ${PLACES} sessions of restores are at work there`,
    { hint: "wait until those that were ended have rolled back" },
  );
}

/** Locks are the server's, not a schema's, and their names have 64 characters at most. */
export function lockName(
  { key }: Pick<TargetPlace, "key">,
  place?: number,
): string {
  const target = hash("sha256", key).slice(0, 32);
  return `tidemark restore ${target}${place === undefined ? "" : ` ${place}`}`;
}

async function busy(
  connection: MysqlConnection,
  place: TargetPlace,
  signal: AbortSignal,
): Promise<TidemarkError> {
  const [id] = await connection.queryOne(
    `SELECT IS_USED_LOCK(${quoteLiteral(lockName(place))})`,
    signal,
  );
  // Sessions of other users are shown to who has PROCESS.
  const sessions = await connection.query("SHOW PROCESSLIST", signal);
  const [, user, host, , , seconds] =
    sessions.find(([session]) => session === id) ?? [];
  const who = [
    `session ${id ?? "?"}`,
    ...(user == null ? [] : [`user ${user}`]),
    ...(host == null || host === "" ? [] : [`from ${host}`]),
    ...(seconds == null ? [] : [`silent for ${seconds} s`]),
  ].join(", ");
  return new TidemarkError(
    "TARGET_BUSY",
    `another restore is at work in ${place.label}: ${who}`,
    {
      hint: `wait until it has ended; if its host is gone, end its session there: KILL ${id ?? "?"};`,
      details: { session: id, user, host },
    },
  );
}
