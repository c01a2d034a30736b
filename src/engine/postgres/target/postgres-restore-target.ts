import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { TidemarkError } from "../../../core/errors.ts";
import { tableLabel, type TableId } from "../../../core/shape.ts";
import { copyWithoutFields } from "../../../format/copy-without-fields.ts";
import { RowDigest } from "../../../format/row-digest.ts";
import { ConnectionPool } from "../../connection-pool.ts";
import type {
  Definitions,
  PostgresDefinitions,
  SchemaPhase,
} from "../../definitions.ts";
import type {
  BegunRestore,
  RestoreTarget,
  SequenceValue,
  TableDigest,
  TargetState,
  TargetTable,
} from "../../restore-target.ts";
import {
  describeAddress,
  type PostgresAddress,
  PostgresConnection,
} from "../connection.ts";
import { copyIn, copyOut } from "../copy-statements.ts";
import { translateError } from "../errors.ts";
import { readGeneratedColumns } from "../generated-columns.ts";
import { quoteIdentifier } from "../quote.ts";
import { createDatabase } from "./create-database.ts";
import { endEarlierSessions } from "./end-sessions.ts";
import { finishSequence } from "./finish-sequence.ts";
import { holdTarget, type TargetHold } from "./hold-target.ts";
import { inspectTarget } from "./inspect-target.ts";
import {
  createLedger,
  dropLedger,
  readLedger,
  recordReport,
  recordStep,
  type RestoreLedger,
} from "./restore-ledger.ts";
import { runInOrder } from "../../run-in-order.ts";
import { runObject, schemaStep } from "./run-schema.ts";
import { analyzeAll, widenForRows } from "./search-path.ts";
import { targetFailpoint } from "./target-failpoints.ts";

/** What the sessions of a restore need beside the canonical settings. */
const RESTORE_SETTINGS = {
  check_function_bodies: "off",
  // The commit of the report is synchronous and makes all before it durable; a crash before it is a restore to resume.
  synchronous_commit: "off",
  maintenance_work_mem: "256MB",
};

const POOL_SIZE = 8;

export class PostgresRestoreTarget implements RestoreTarget {
  readonly label: string;
  private readonly address: PostgresAddress;
  private readonly pool: ConnectionPool<PostgresConnection>;
  /** From `begin` on; who only reads needs none. */
  private hold: TargetHold | undefined;

  constructor(address: PostgresAddress) {
    this.address = address;
    this.label = describeAddress(address);
    this.pool = new ConnectionPool({
      size: POOL_SIZE,
      open: (signal) => this.open(signal),
    });
  }

  private async open(signal: AbortSignal): Promise<PostgresConnection> {
    const use = { name: "restore", settings: RESTORE_SETTINGS } as const;
    const connection = await PostgresConnection.open(this.address, use, signal);
    try {
      await this.hold?.require(connection);
      return connection;
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  loadStep(table: TableId): string {
    return `load ${table}`;
  }

  inspect(signal: AbortSignal): Promise<TargetState> {
    return inspectTarget(this.address, signal);
  }

  async begin(
    plan: { readonly planHash: string; readonly definitions: Definitions },
    signal: AbortSignal,
  ): Promise<BegunRestore> {
    const { planHash } = plan;
    const { database } = postgresDefinitions(plan.definitions);
    const { exists } = await this.inspect(signal);
    if (!exists) {
      await createDatabase(this.address, database, signal);
      targetFailpoint("target.database-created");
    }
    const isNew = this.hold === undefined;
    this.hold ??= await holdTarget(this.address, signal);
    return this.pool.use(signal, async (connection) => {
      this.requirePlan(await readLedger(connection), planHash);
      if (isNew) await endEarlierSessions(connection, signal);
      const ledger = await readLedger(connection);
      this.requirePlan(ledger, planHash);
      if (ledger !== undefined) return ledger;
      await this.requireEncoding(connection, database.encoding);
      // Somebody may have been here since it was looked at.
      await this.requireEmpty(signal);
      await createLedger(connection, planHash);
      return { done: new Set(), report: undefined };
    });
  }

  private async requireEmpty(signal: AbortSignal): Promise<void> {
    const { empty } = await this.inspect(signal);
    if (empty) return;
    throw new TidemarkError(
      "TARGET_NOT_EMPTY",
      `${this.label} holds objects already`,
      { hint: "name a database that does not exist: it is created" },
    );
  }

  /** Of a database that was there. UTF8 has every character; where there is none for one, rows would be refused half-way. */
  private async requireEncoding(
    connection: PostgresConnection,
    encoding: string,
  ): Promise<void> {
    const { found } = await connection.queryOne<{ found: string }>(
      "SELECT current_setting('server_encoding') AS found",
    );
    if (found === encoding || found === "UTF8") return;
    throw new TidemarkError(
      "TARGET_UNSUITABLE",
      `${this.label} is encoded in ${found}, the source was in ${encoding}`,
      {
        hint: `name a database that does not exist: it is created as the source is; or one in ${encoding} or UTF8`,
      },
    );
  }

  private requirePlan(
    ledger: RestoreLedger | undefined,
    planHash: string,
  ): void {
    if (ledger === undefined || ledger.planHash === planHash) return;
    throw new TidemarkError(
      "TARGET_NOT_EMPTY",
      `${this.label} holds the restore of another plan, which has not said that it is finished`,
      {
        hint: "restore the same point again to finish it, or drop that database",
      },
    );
  }

  async runSchema(
    work: {
      readonly definitions: Definitions;
      readonly phase: SchemaPhase;
      readonly streams: number;
      readonly onProgress: (done: number, of: number) => void;
    },
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const objects = work.definitions.objects.filter(
      (object) => object.phase === work.phase,
    );
    const ledger = await this.pool.use(signal, readLedger);
    const left = objects.filter(
      (object) => !ledger?.done.has(schemaStep(object)),
    );
    const failures = objects.flatMap(
      (object) => ledger?.remarks.get(schemaStep(object)) ?? [],
    );
    let finished = objects.length - left.length;
    // Foreign keys lock two tables each: side by side they would meet in a deadlock.
    const streams = work.phase === "keys" ? work.streams : 1;
    await runInOrder(left, streams, async (object) => {
      const failure = await this.pool.use(signal, (connection) =>
        runObject(connection, object),
      );
      if (failure !== undefined) failures.push(failure);
      work.onProgress(++finished, objects.length);
    });
    if (work.phase === "rest")
      failures.push(...(await this.pool.use(signal, analyzeAll)));
    return failures;
  }

  async load(
    table: TargetTable,
    rows: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    await this.pool.use(signal, async (connection) => {
      try {
        const name = `${quoteIdentifier(table.namespace)}.${quoteIdentifier(table.name)}`;
        await connection.query("BEGIN");
        await connection.query(`TRUNCATE ONLY ${name}`);
        await widenForRows(connection, table);
        const generated = await readGeneratedColumns(connection, table);
        const copy = connection.client.query(
          copyFrom(copyIn(table, generated)),
        );
        const isLeftOut = table.shape.columns.map((column) =>
          generated.has(column.name),
        );
        const taken = isLeftOut.includes(true)
          ? copyWithoutFields(rows, isLeftOut)
          : rows;
        await pipeline(
          Readable.from(taken, { objectMode: true, highWaterMark: 2 }),
          copy,
          { signal },
        );
        await recordStep(connection, { step: this.loadStep(table.table) });
        await connection.query("COMMIT");
        targetFailpoint("target.table-loaded");
      } catch (error) {
        signal.throwIfAborted();
        throw translateError(error, `${this.label} ${tableLabel(table)}`);
      }
    });
  }

  async digest(table: TargetTable, signal: AbortSignal): Promise<TableDigest> {
    return this.pool.use(signal, async (connection) => {
      const digest = new RowDigest();
      const generated = await readGeneratedColumns(connection, table);
      const stream = connection.client.query(copyTo(copyOut(table, generated)));
      try {
        for await (const chunk of stream) {
          signal.throwIfAborted();
          digest.add(chunk as Buffer);
        }
      } catch (error) {
        throw translateError(error, `${this.label} ${tableLabel(table)}`);
      }
      return digest.finish();
    });
  }

  async finishSequences(
    sequences: readonly SequenceValue[],
    signal: AbortSignal,
  ): Promise<void> {
    await this.pool.use(signal, async (connection) => {
      for (const sequence of sequences) {
        await finishSequence(connection, sequence);
        targetFailpoint("target.sequence-set");
      }
    });
  }

  async complete(report: string, signal: AbortSignal): Promise<void> {
    await this.pool.use(signal, async (connection) => {
      await recordReport(connection, report);
    });
  }

  async dropLedger(signal: AbortSignal): Promise<void> {
    await this.pool.use(signal, dropLedger);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The hold last: nobody is to come before our sessions are gone.
    await this.pool[Symbol.asyncDispose]();
    await this.hold?.[Symbol.asyncDispose]();
  }
}

/** What cannot be restored here is refused before this. */
function postgresDefinitions(definitions: Definitions): PostgresDefinitions {
  if (definitions.engine === "postgres") return definitions;
  throw new TypeError(`definitions of ${definitions.engine}`);
}
