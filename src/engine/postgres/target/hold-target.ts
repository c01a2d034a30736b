import { TidemarkError } from "../../../core/errors.ts";
import { sleep } from "../../../platform/sleep.ts";
import {
  describeAddress,
  PostgresConnection,
  type PostgresAddress,
} from "../connection.ts";

const POLL_MS = 100;
/** A server takes a moment to see that a client which was killed is gone. */
const PATIENCE_MS = 10_000;

const KEY = "tidemark restore";
/** How pg_locks shows an advisory lock of one bigint. */
const HOLDERS = `pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (l.classid::int8 << 32 | l.objid::int8) = hashtextextended($1, 0)`;

/** A restore's proof that it lives, for as long as it works in a target. */
export interface TargetHold extends AsyncDisposable {
  /**
   * For every session that is to write. Who takes the hold over ends the sessions that it sees then; one that comes later
   * finds out here that it has nothing to write any more. Throws SERVER_UNREACHABLE.
   */
  require(writer: PostgresConnection): Promise<void>;
}

/**
 * An advisory lock of a session that does nothing else: the server lets go of it when the process is gone, however it went, while
 * those of its sessions that are busy go on to the end of their statement. Throws TARGET_BUSY when a restore that lives has it.
 */
export async function holdTarget(
  address: PostgresAddress,
  signal: AbortSignal,
): Promise<TargetHold> {
  await using stack = new AsyncDisposableStack();
  const connection = stack.use(
    await PostgresConnection.open(address, { name: "restore hold" }, signal),
  );
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await tryHold(connection))) {
    const holder = await readHolder(connection);
    if (holder !== undefined && performance.now() > deadline)
      throw busy(describeAddress(address), holder);
    await sleep(POLL_MS, signal);
  }
  const { pid } = await connection.queryOne<{ pid: number }>(
    "SELECT pg_backend_pid() AS pid",
  );
  const held = stack.move();
  return {
    require: async (writer) => {
      const rows = await writer.query(`SELECT FROM ${HOLDERS} AND l.pid = $2`, [
        KEY,
        pid,
      ]);
      if (rows.length > 0) return;
      throw new TidemarkError(
        "SERVER_UNREACHABLE",
        `${describeAddress(address)}: the session that held the target for this restore has ended`,
        { hint: "run the same restore again: it is resumed" },
      );
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

async function tryHold(connection: PostgresConnection): Promise<boolean> {
  const { ours } = await connection.queryOne<{ ours: boolean }>(
    "SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS ours",
    [KEY],
  );
  return ours;
}

interface Holder {
  readonly pid: number;
  readonly role: string | null;
  /** Of another role these are not shown to everybody. */
  readonly address: string | null;
  readonly since: string | null;
}

async function readHolder(
  connection: PostgresConnection,
): Promise<Holder | undefined> {
  const [holder] = await connection.query<{
    [Key in keyof Holder]: Holder[Key];
  }>(
    `SELECT l.pid, a.usename::text AS role, host(a.client_addr) AS address,
            to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
       FROM (SELECT l.pid FROM ${HOLDERS}) l LEFT JOIN pg_stat_activity a ON a.pid = l.pid`,
    [KEY],
  );
  return holder;
}

function busy(label: string, holder: Holder): TidemarkError {
  const { pid, role, address, since } = holder;
  const who = [
    `backend ${pid}`,
    ...(role === null ? [] : [`role ${role}`]),
    ...(address === null ? [] : [`from ${address}`]),
  ].join(", ");
  return new TidemarkError(
    "TARGET_BUSY",
    `another restore is at work in ${label}${since === null ? "" : ` since ${since}`}: ${who}`,
    {
      hint: `wait until it has ended; if its host is gone, end its session there: SELECT pg_terminate_backend(${pid});`,
      details: { ...holder },
    },
  );
}
