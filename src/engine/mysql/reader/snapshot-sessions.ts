import { hasCode, TidemarkError } from "../../../core/errors.ts";
import type { BinlogPosition } from "../../../core/position.ts";
import { sleep } from "../../../platform/sleep.ts";
import { MysqlConnection, type MysqlAddress } from "../connection.ts";
import {
  type HeldTable,
  HeldUp,
  type Hold,
  HoldRefused,
  whileHeld,
} from "./hold-writers.ts";
import { readPosition, readSnapshotPosition } from "./read-position.ts";
import { unsettled } from "./unsettled.ts";

/** Sessions whose transactions see the same rows: all that is in the binlog up to `position`, and nothing else. */
export interface SnapshotSessions extends AsyncDisposable {
  readonly position: BinlogPosition;
  readonly sessions: readonly MysqlConnection[];
}

export interface SnapshotRequest {
  readonly address: MysqlAddress;
  readonly flavour: "mysql" | "mariadb";
  readonly streams: number;
  readonly timeoutMs: number;
  /** The captured tables, as they are now. */
  readonly tables: (
    connection: MysqlConnection,
    signal: AbortSignal,
  ) => Promise<readonly HeldTable[]>;
}

const BEGIN = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * While nobody commits, where that is allowed. Otherwise MariaDB's one session that knows its own place, so that tables are copied one
 * by one; MySQL, which has none: while nobody writes to the captured tables. Throws BASE_UNSETTLED, RIGHT_MISSING.
 */
export async function openSnapshotSessions(
  request: SnapshotRequest,
  signal: AbortSignal,
): Promise<SnapshotSessions> {
  try {
    return await patiently(request, signal, () => openWhole(request, signal));
  } catch (error) {
    if (!(error instanceof HoldRefused)) throw error;
  }
  if (request.flavour === "mariadb") return await openAlone(request, signal);
  try {
    return await patiently(request, signal, () =>
      openByTables(request, signal),
    );
  } catch (error) {
    if (!(error instanceof HoldRefused)) throw error;
    throw new TidemarkError(
      "RIGHT_MISSING",
      "no right to hold writers up while a snapshot is opened",
      {
        cause: error.cause,
        hint: "GRANT RELOAD ON *.*, or GRANT LOCK TABLES on the captured schemas, to this user",
      },
    );
  }
}

async function patiently(
  request: SnapshotRequest,
  signal: AbortSignal,
  attempt: () => Promise<SnapshotSessions>,
): Promise<SnapshotSessions> {
  const deadline = performance.now() + request.timeoutMs;
  for (
    let pauseMs = FIRST_PAUSE_MS;
    ;
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
  ) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof HeldUp)) throw error;
    }
    if (performance.now() + pauseMs > deadline)
      throw await unsettled(request, signal);
    await sleep(pauseMs, signal);
  }
}

function openWhole(
  request: SnapshotRequest,
  signal: AbortSignal,
): Promise<SnapshotSessions> {
  return openHeld(request, { hold: { kind: "all" } }, signal);
}

/** A table that was made after they were listed could be written to: then they are listed again. */
async function openByTables(
  request: SnapshotRequest,
  signal: AbortSignal,
): Promise<SnapshotSessions> {
  await using lister = await MysqlConnection.open(
    request.address,
    { name: "base" },
    signal,
  );
  const tables = await request.tables(lister, signal);
  const check = async (holder: MysqlConnection, limit: AbortSignal) => {
    const now = await request.tables(holder, limit);
    if (JSON.stringify(now) !== JSON.stringify(tables))
      throw new HeldUp("tables were made or dropped meanwhile");
  };
  const opened = await openHeld(
    request,
    { hold: { kind: "tables", tables }, check },
    signal,
  );
  // What else is committed at that moment is not in the captured tables, but it may be in this set or not.
  return { ...opened, position: { ...opened.position, gtids: undefined } };
}

async function openHeld(
  request: SnapshotRequest,
  options: {
    readonly hold: Hold;
    readonly check?: (
      holder: MysqlConnection,
      limit: AbortSignal,
    ) => Promise<void>;
  },
  signal: AbortSignal,
): Promise<SnapshotSessions> {
  await using stack = new AsyncDisposableStack();
  const sessions = await openSessions(stack, request, signal);
  const position = await whileHeld(
    request.address,
    {
      hold: options.hold,
      work: async (holder, limit) => {
        await options.check?.(holder, limit);
        await Promise.all(sessions.map((session) => session.run(BEGIN, limit)));
        return await readPosition(holder, limit);
      },
    },
    signal,
  );
  const owned = stack.move();
  return {
    ...{ position, sessions },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openAlone(
  request: SnapshotRequest,
  signal: AbortSignal,
): Promise<SnapshotSessions> {
  await using stack = new AsyncDisposableStack();
  const sessions = await openSessions(
    stack,
    { ...request, streams: 1 },
    signal,
  );
  const [session] = sessions;
  if (session === undefined) throw new Error("no session");
  await session.run(BEGIN, signal);
  const position = await readSnapshotPosition(session, signal);
  const owned = stack.move();
  return {
    ...{ position, sessions },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Before anybody is held up: to log in takes longer than to begin. */
async function openSessions(
  stack: AsyncDisposableStack,
  { address, streams }: SnapshotRequest,
  signal: AbortSignal,
): Promise<readonly MysqlConnection[]> {
  const sessions: MysqlConnection[] = [];
  for (let n = 0; n < streams; n++) {
    const session = await MysqlConnection.open(
      address,
      { name: "base" },
      signal,
    );
    sessions.push(stack.use(session));
    if (session.flavour === "mariadb") await letDefinitionsGo(session, signal);
  }
  return sessions;
}

/**
 * MariaDB keeps a table's definition for a transaction that could come into the binlog, although it goes back to before the copy: DDL
 * would wait for the whole base. One that cannot is let go. Without that right (BINLOG ADMIN) it does wait.
 */
async function letDefinitionsGo(
  session: MysqlConnection,
  signal: AbortSignal,
): Promise<void> {
  try {
    await session.run("SET SESSION sql_log_bin = 0", signal);
  } catch (error) {
    if (!hasCode(error, "RIGHT_MISSING")) throw error;
  }
}
