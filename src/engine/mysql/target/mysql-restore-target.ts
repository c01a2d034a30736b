import { TidemarkError } from "../../../core/errors.ts";
import { tableLabel, type TableId } from "../../../core/shape.ts";
import { RowDigest } from "../../../format/row-digest.ts";
import { ConnectionPool } from "../../connection-pool.ts";
import type { Definitions, SchemaPhase } from "../../definitions.ts";
import type {
  BegunRestore,
  RestoreTarget,
  SequenceValue,
  TableDigest,
  TargetState,
  TargetTable,
} from "../../restore-target.ts";
import { runInOrder } from "../../run-in-order.ts";
import { MysqlConnection, type MysqlAddress } from "../connection.ts";
import { tableRows } from "../table-rows.ts";
import { analyzeTables } from "./analyze-tables.ts";
import { finishSequence } from "./finish-sequence.ts";
import {
  endEarlierSessions,
  holdTarget,
  type TargetHold,
} from "./hold-target.ts";
import { inspectTarget } from "./inspect-target.ts";
import { keepingSettings } from "./keep-settings.ts";
import { loadTable } from "./load-table.ts";
import { requireSuitable } from "./require-suitable.ts";
import {
  createLedger,
  dropLedger,
  readLedger,
  recordReport,
  recordStep,
  type RestoreLedger,
} from "./restore-ledger.ts";
import { RESTORE_SETTINGS, runObject, schemaStep } from "./run-object.ts";
import { TargetColumns } from "./target-columns.ts";
import { targetFailpoint } from "./target-failpoints.ts";
import { requireRoom, targetPlace, type TargetPlace } from "./target-place.ts";

const POOL_SIZE = 8;

/** A MySQL or MariaDB server, or one schema of it. */
export class MysqlRestoreTarget implements RestoreTarget {
  readonly label: string;
  private readonly place: TargetPlace;
  private readonly pool: ConnectionPool<MysqlConnection>;
  private columns = new TargetColumns();
  /** From `begin` on; who only reads needs none. */
  private hold: TargetHold | undefined;

  constructor(address: MysqlAddress) {
    this.place = targetPlace(address);
    this.label = this.place.label;
    this.pool = new ConnectionPool({
      size: POOL_SIZE,
      open: (signal) => this.open(signal),
    });
  }

  private async open(signal: AbortSignal): Promise<MysqlConnection> {
    const connection = await MysqlConnection.open(
      this.place.address,
      { name: "restore", settings: RESTORE_SETTINGS },
      signal,
    );
    try {
      await this.hold?.admit(connection, signal);
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
    return inspectTarget(this.place, signal);
  }

  async begin(
    plan: { readonly planHash: string; readonly definitions: Definitions },
    signal: AbortSignal,
  ): Promise<BegunRestore> {
    const { planHash } = plan;
    const { place } = this;
    const definitions = requireRoom(place, plan.definitions);
    const isNew = this.hold === undefined;
    this.hold ??= await holdTarget(place, signal);
    return this.pool.use(signal, async (connection) => {
      this.requirePlan(await readLedger(connection, place, signal), planHash);
      if (isNew) await endEarlierSessions(connection, place, signal);
      const ledger = await readLedger(connection, place, signal);
      this.requirePlan(ledger, planHash);
      if (ledger !== undefined) return ledger;
      await requireSuitable(connection, { place, definitions }, signal);
      await createLedger(connection, place, { planHash, signal });
      targetFailpoint("mysql-target.ledger-made");
      return { done: new Set(), report: undefined };
    });
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
        hint: "restore the same point again to finish it; or drop what it made there, and its rows in tidemark_restore.plan and tidemark_restore.done",
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
    const { place } = this;
    const objects = work.definitions.objects.filter(
      (object) => object.phase === work.phase,
    );
    const ledger = await this.pool.use(signal, (connection) =>
      readLedger(connection, place, signal),
    );
    const left = objects.filter(
      (object) => !ledger?.done.has(schemaStep(object)),
    );
    const remarks = objects.flatMap(
      (object) => ledger?.remarks.get(schemaStep(object)) ?? [],
    );
    let finished = objects.length - left.length;
    // Foreign keys lock two tables each; of the rest each may read, or change for a moment, what the one before made.
    const isParallel = work.phase === "structure" || work.phase === "keys";
    const streams = isParallel ? work.streams : 1;
    await runInOrder(left, streams, async (object) => {
      const remark = await this.pool.use(signal, (connection) =>
        runObject(connection, { object, place }, signal),
      );
      if (remark !== undefined) remarks.push(remark);
      work.onProgress(++finished, objects.length);
    });
    this.columns = new TargetColumns();
    if (work.phase === "rest")
      remarks.push(...(await this.analyze(work.definitions, signal)));
    return remarks;
  }

  private analyze(
    { tables }: Definitions,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const there = tables.map(({ namespace, name }) => ({
      schema: this.place.nameOf(namespace),
      name,
    }));
    return this.pool.use(signal, (connection) =>
      analyzeTables(connection, there, signal),
    );
  }

  async load(
    table: TargetTable,
    rows: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const { place } = this;
    const step = this.loadStep(table.table);
    await this.pool.use(signal, (connection) =>
      this.naming(table, signal, async () => {
        const columns = await this.columns.of(
          connection,
          this.there(table),
          signal,
        );
        const into = { ...this.there(table), columns, rows };
        await keepingSettings(connection, signal, async () => {
          await connection.run("START TRANSACTION", signal);
          await loadTable(connection, into, signal);
          await recordStep(connection, { place, step }, signal);
          await connection.run("COMMIT", signal);
        });
        targetFailpoint("mysql-target.table-loaded");
      }),
    );
  }

  async digest(table: TargetTable, signal: AbortSignal): Promise<TableDigest> {
    return this.pool.use(signal, (connection) =>
      this.naming(table, signal, async () => {
        const there = this.there(table);
        const columns = await this.columns.of(connection, there, signal);
        const digest = new RowDigest();
        for await (const chunk of tableRows(
          connection,
          { ...there, columns },
          signal,
        ))
          digest.add(chunk);
        return digest.finish();
      }),
    );
  }

  private there(table: TargetTable) {
    const { name, shape } = table;
    return { namespace: this.place.nameOf(table.namespace), name, shape };
  }

  private async naming<T>(
    table: TargetTable,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (
        !(error instanceof TidemarkError) ||
        error.code !== "STATEMENT_FAILED"
      )
        throw error;
      const { hint, details } = error;
      throw new TidemarkError(
        error.code,
        `table ${tableLabel(this.there(table))}: ${error.message}`,
        {
          cause: error,
          ...(hint === undefined ? {} : { hint }),
          ...(details === undefined ? {} : { details }),
        },
      );
    }
  }

  async finishSequences(
    sequences: readonly SequenceValue[],
    signal: AbortSignal,
  ): Promise<void> {
    await this.pool.use(signal, async (connection) => {
      for (const sequence of sequences) {
        const schema = this.place.nameOf(sequence.namespace);
        await finishSequence(connection, { sequence, schema }, signal);
        targetFailpoint("mysql-target.sequence-set");
      }
    });
  }

  async complete(report: string, signal: AbortSignal): Promise<void> {
    const { place } = this;
    await this.pool.use(signal, (connection) =>
      recordReport(connection, { place, report }, signal),
    );
  }

  async dropLedger(signal: AbortSignal): Promise<void> {
    await this.pool.use(signal, (connection) =>
      dropLedger(connection, this.place, signal),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The hold last: nobody is to come before our sessions are gone.
    await this.pool[Symbol.asyncDispose]();
    await this.hold?.[Symbol.asyncDispose]();
  }
}
