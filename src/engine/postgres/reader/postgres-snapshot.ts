import { to as copyTo } from "pg-copy-streams";
import { lsnPosition, type Position } from "../../../core/position.ts";
import {
  tableLabel,
  type TableFilter,
  type TableId,
} from "../../../core/shape.ts";
import { ConnectionPool } from "../../connection-pool.ts";
import type { Definitions } from "../../definitions.ts";
import type { SourceLineage } from "../../../core/database-identity.ts";
import type { Snapshot, SnapshotTable } from "../../table-reader.ts";
import {
  PostgresConnection,
  describeAddress,
  type PostgresAddress,
} from "../connection.ts";
import { readDefinitions } from "../definitions/read-definitions.ts";
import { translateError } from "../errors.ts";
import { quoteLiteral } from "../quote.ts";
import { copyOut } from "../copy-statements.ts";
import { readGeneratedColumns } from "../generated-columns.ts";
import { ExportedSnapshot } from "./exported-snapshot.ts";
import { readTableFacts, type TableFacts } from "./table-facts.ts";

interface SnapshotOptions {
  readonly address: PostgresAddress;
  readonly includes: TableFilter;
  readonly streams: number;
  readonly timeoutMs: number;
}

export class PostgresSnapshot implements Snapshot {
  readonly identity: SourceLineage;
  readonly position: Position;
  readonly tables: readonly SnapshotTable[];
  readonly definitions: Definitions;
  private readonly facts: ReadonlyMap<TableId, TableFacts>;
  private readonly exported: ExportedSnapshot;
  private readonly pool: ConnectionPool<PostgresConnection>;
  private readonly options: SnapshotOptions;

  private constructor(
    parts: {
      readonly exported: ExportedSnapshot;
      readonly pool: ConnectionPool<PostgresConnection>;
      readonly definitions: Definitions;
      readonly facts: ReadonlyMap<TableId, TableFacts>;
      readonly databaseOid: number;
    },
    options: SnapshotOptions,
  ) {
    this.options = options;
    this.exported = parts.exported;
    this.pool = parts.pool;
    this.facts = parts.facts;
    this.definitions = parts.definitions;
    const { databaseOid } = parts;
    this.identity = {
      engine: "postgres",
      ...parts.exported.server,
      databaseOid,
    };
    this.position = lsnPosition(parts.exported.lsn);
    this.tables = parts.definitions.tables
      .filter((table) => options.includes(table.namespace, table.name))
      .map((table) => {
        const facts = parts.facts.get(table.table);
        if (facts === undefined)
          throw new Error(`no facts of table ${table.table}`);
        return {
          ...table,
          storage: facts.relfilenode,
          estimatedBytes: facts.bytes,
        };
      });
  }

  static async open(
    options: SnapshotOptions,
    signal: AbortSignal,
  ): Promise<PostgresSnapshot> {
    await using stack = new AsyncDisposableStack();
    const { address } = options;
    const exported = stack.use(
      await ExportedSnapshot.open(address, options.timeoutMs, signal),
    );
    const pool = stack.use(
      new ConnectionPool({
        size: options.streams,
        open: (aborted) =>
          PostgresConnection.open(address, { name: "base" }, aborted),
      }),
    );
    const found = await pool.use(signal, (connection) =>
      under(exported, connection, async () => ({
        definitions: await readDefinitions(
          (sql, parameters) => connection.query(sql, parameters),
          { include: options.includes },
        ),
        facts: await readTableFacts(connection),
        databaseOid: await readDatabaseOid(connection),
      })),
    );
    const snapshot = new PostgresSnapshot(
      { exported, pool, ...found },
      options,
    );
    stack.move();
    return snapshot;
  }

  async *rows(
    table: SnapshotTable,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer> {
    const lease = await this.pool.lease(signal);
    const { connection } = lease;
    let whole = false;
    try {
      await begin(this.exported, connection);
      signal.throwIfAborted();
      const generated = await readGeneratedColumns(connection, table);
      const stream = connection.client.query(copyTo(copyOut(table, generated)));
      const stop = () => connection.destroy();
      signal.addEventListener("abort", stop, { once: true });
      try {
        for await (const chunk of stream) yield chunk as Buffer;
      } finally {
        signal.removeEventListener("abort", stop);
      }
      // Ends the COPY's lock on the table with the COPY.
      await connection.query("COMMIT");
      whole = true;
    } catch (error) {
      signal.throwIfAborted();
      throw translateError(
        error,
        `${describeAddress(this.options.address)} ${tableLabel(table)}`,
      );
    } finally {
      await lease.release(whole);
    }
  }

  async disturbance(
    table: SnapshotTable,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    await using connection = await PostgresConnection.open(
      this.options.address,
      { name: "base" },
      signal,
    );
    const then = this.facts.get(table.table);
    const now = (await readTableFacts(connection, table.table)).get(
      table.table,
    );
    if (now === undefined) return "it was dropped";
    if (now.relfilenode !== then?.relfilenode)
      return "it was truncated or rewritten";
    if (now.signature !== then.signature) return "its columns were altered";
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool[Symbol.asyncDispose]();
    await this.exported[Symbol.asyncDispose]();
  }
}

async function readDatabaseOid(connection: PostgresConnection) {
  const { oid } = await connection.queryOne<{ oid: string }>(
    "SELECT oid::text AS oid FROM pg_database WHERE datname = current_database()",
  );
  return Number(oid);
}

async function begin(
  exported: ExportedSnapshot,
  connection: PostgresConnection,
): Promise<void> {
  await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await connection.query(
    `SET TRANSACTION SNAPSHOT ${quoteLiteral(exported.name)}`,
  );
}

async function under<T>(
  exported: ExportedSnapshot,
  connection: PostgresConnection,
  work: () => Promise<T>,
): Promise<T> {
  await begin(exported, connection);
  const result = await work();
  await connection.query("COMMIT");
  return result;
}
