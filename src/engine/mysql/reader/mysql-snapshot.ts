import type { SourceLineage } from "../../../core/database-identity.ts";
import { TidemarkError } from "../../../core/errors.ts";
import type { Position } from "../../../core/position.ts";
import {
  tableLabel,
  type TableFilter,
  type TableId,
} from "../../../core/shape.ts";
import { ConnectionPool } from "../../connection-pool.ts";
import type { MysqlDefinitions } from "../../definitions.ts";
import type { Snapshot, SnapshotTable } from "../../table-reader.ts";
import { MysqlConnection, type MysqlAddress } from "../connection.ts";
import { serverErrno } from "../errors.ts";
import { quoteQualified } from "../quote.ts";
import { CopySession } from "./copy-session.ts";
import { holdDefinitions } from "./hold-definitions.ts";
import {
  type Captured,
  type CapturedTable,
  listCaptured,
  readCaptured,
} from "./read-captured.ts";
import {
  openSnapshotSessions,
  type SnapshotSessions,
} from "./snapshot-sessions.ts";
import { readTableFacts } from "./table-facts.ts";

export interface MysqlSnapshotOptions {
  readonly address: MysqlAddress;
  readonly includes: TableFilter;
  readonly streams: number;
  readonly timeoutMs: number;
}

/** ER_TABLE_DEF_CHANGED, ER_NO_SUCH_TABLE, ER_BAD_FIELD_ERROR */
const CHANGED = [1412, 1146, 1054];

/** What the server says itself is to come as utf8mb4, also what it keeps in the character set of who said it. */
const DEFINITIONS_SETTINGS = { character_set_results: "utf8mb4" };

/** The rows of the captured tables, as of one place in the binlog. */
export class MysqlSnapshot implements Snapshot {
  readonly identity: SourceLineage;
  readonly position: Position;
  readonly tables: readonly SnapshotTable[];
  readonly definitions: MysqlDefinitions;
  private readonly address: MysqlAddress;
  private readonly captured: Captured;
  private readonly sessions: SnapshotSessions;
  private readonly pool: ConnectionPool<CopySession>;
  /** The server said of them that the snapshot's rows are not to be had any more. */
  private readonly lost = new Set<TableId>();

  private constructor(
    address: MysqlAddress,
    parts: { readonly sessions: SnapshotSessions; readonly captured: Captured },
  ) {
    const { sessions, captured } = parts;
    this.address = address;
    this.captured = captured;
    this.sessions = sessions;
    this.identity = captured.identity;
    this.position = sessions.position;
    this.tables = captured.tables.map(({ shown }) => shown);
    this.definitions = captured.definitions;
    const ready = sessions.sessions.map(
      (session) => new CopySession(address, session),
    );
    this.pool = new ConnectionPool({
      size: ready.length,
      // Each is given back whatever became of the copy, so that there is one for whoever has a turn.
      open: () => Promise.resolve(ready.pop() as CopySession),
    });
  }

  /** Throws BASE_UNSETTLED, RIGHT_MISSING, PREFLIGHT. */
  static async open(
    options: MysqlSnapshotOptions,
    signal: AbortSignal,
  ): Promise<MysqlSnapshot> {
    await using stack = new AsyncDisposableStack();
    const { includes } = options;
    const schema = options.address.database;
    // A database that is not there would be an error of the login; here it is a source without tables.
    const address = { ...options.address, database: undefined };
    await using connection = await MysqlConnection.open(
      address,
      { name: "base", settings: DEFINITIONS_SETTINGS },
      signal,
    );
    await using _still = await holdDefinitions(address, signal);
    const sessions = stack.use(
      await openSnapshotSessions(
        {
          ...options,
          address,
          flavour: connection.flavour,
          tables: (lister, aborted) => listCaptured(lister, includes, aborted),
        },
        signal,
      ),
    );
    const captured = await readCaptured(
      connection,
      { includes, schema },
      signal,
    );
    const snapshot = new MysqlSnapshot(address, { sessions, captured });
    stack.move();
    return snapshot;
  }

  async *rows(
    table: SnapshotTable,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer> {
    const { columns } = this.known(table);
    const lease = await this.pool.lease(signal);
    try {
      yield* lease.connection.rows({ ...table, columns }, signal);
    } catch (error) {
      if (!(error instanceof TidemarkError) || signal.aborted) throw error;
      if (CHANGED.includes(serverErrno(error) ?? 0)) this.lost.add(table.table);
      throw new TidemarkError(
        error.code,
        `table ${tableLabel(table)}: ${error.message}`,
        {
          cause: error,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        },
      );
    } finally {
      await lease.release(true);
    }
  }

  async disturbance(
    table: SnapshotTable,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { facts: then } = this.known(table);
    await using connection = await MysqlConnection.open(
      this.address,
      { name: "base" },
      signal,
    );
    const facts = await readTableFacts(
      (sql) => connection.query(sql, signal),
      table,
    );
    const now = facts.get(quoteQualified(table.namespace, table.name));
    if (now === undefined) return "it was dropped";
    if (now.signature !== then.signature) return "its columns were altered";
    const isLost =
      now.storage !== then.storage ||
      this.lost.has(table.table) ||
      !(await this.isThere(table, signal));
    return isLost ? "it was truncated or rewritten" : undefined;
  }

  /** Whether the snapshot still has rows of it, as the engine says: TRUNCATE leaves information_schema as it was. */
  private async isThere(
    table: SnapshotTable,
    signal: AbortSignal,
  ): Promise<boolean> {
    const lease = await this.pool.lease(signal);
    try {
      await lease.connection.touch(table);
      return true;
    } catch (error) {
      if (!CHANGED.includes(serverErrno(error) ?? 0)) throw error;
      return false;
    } finally {
      await lease.release(true);
    }
  }

  private known({ table }: SnapshotTable): CapturedTable {
    const found = this.captured.tables.find(
      ({ shown }) => shown.table === table,
    );
    if (found === undefined)
      throw new Error(`no table ${table} in this snapshot`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool[Symbol.asyncDispose]();
    await this.sessions[Symbol.asyncDispose]();
  }
}
