import { TidemarkError } from "../../../core/errors.ts";
import { GtidSet } from "../../../core/gtid-set.ts";
import type { Micros } from "../../../core/instant.ts";
import {
  type BinlogPosition,
  compareBinlogPlaces,
  formatPosition,
  type Position,
} from "../../../core/position.ts";
import type { TableFilter } from "../../../core/shape.ts";
import type { SourceName } from "../../../core/source-name.ts";
import type {
  BaseTurn,
  Preparation,
  PreparePlan,
  Problem,
  Retained,
  SourceAdmin,
  SourceIdentity,
} from "../../source-admin.ts";
import { baseLock } from "../capture-lock.ts";
import {
  describeAddress,
  MysqlConnection,
  type MysqlAddress,
} from "../connection.ts";
import { quoteLiteral } from "../quote.ts";
import { readServerId } from "../server-id.ts";
import {
  readBeginning,
  readBinlogFiles,
  readCurrentPosition,
  readExecutedGtids,
} from "./binlog-places.ts";
import { diagnosePreparation, diagnoseSource } from "./diagnose.ts";
import {
  NEW_FILE,
  planForget,
  planPrepare,
  POSITION_VARIABLE,
} from "./plan-prepare.ts";
import { readPreparation, readPrepared } from "./read-preparation.ts";
import { refuseToPrepare } from "./refuse-to-prepare.ts";
import { readSequenceValues } from "./sequence-readings.ts";
import { readReader, readSourceFacts } from "./source-facts.ts";
import { readCascadingTables } from "./table-facts.ts";
import { TIDY } from "./tidemark-schema.ts";

/** A lock is asked for again and again, so that an abort is not waited for. */
const BASE_TURN_PATIENCE_S = 1;

/** Of one statement; the transaction may have several. */
const ROWS_PER_INSERT = 500;

const OTHER_NAME =
  "give this server another name in tidemark.yaml, then `tidemark prepare`";

/** Opens a connection per call: these are rare, and a server may restart between them. */
export class MysqlSourceAdmin implements SourceAdmin {
  private readonly source: SourceName;
  private readonly address: MysqlAddress;
  private readonly includes: TableFilter;
  private readonly sequences = new Map<string, string>();

  /** `includes` are the captured tables: of others nothing is asked. */
  constructor(
    source: SourceName,
    address: MysqlAddress,
    includes: TableFilter,
  ) {
    this.source = source;
    this.address = address;
    this.includes = (schema, name) =>
      (address.database === undefined || schema === address.database) &&
      includes(schema, name);
  }

  async identity(signal: AbortSignal): Promise<SourceIdentity> {
    await using connection = await this.connect(signal);
    const serverId = await readServerId(connection, signal);
    if (serverId === undefined) throw this.notPrepared();
    const { flavour: engine, version } = connection;
    const { database = "" } = this.address;
    const schema = database === "" ? null : database;
    return { engine, serverId, schema, version, database };
  }

  async diagnose(signal: AbortSignal): Promise<readonly Problem[]> {
    await using connection = await this.connect(signal);
    return diagnoseSource(
      this.source,
      await readSourceFacts(connection, this.captured, signal),
    );
  }

  async preparation(signal: AbortSignal): Promise<Preparation> {
    await using connection = await this.connect(signal);
    const tables = await readCascadingTables(connection, this.includes, signal);
    const { source } = this;
    const facts = await readPreparation(connection, { source, tables }, signal);
    return {
      mark: facts.mark,
      problems: [...diagnosePreparation(this.source, facts)],
    };
  }

  async planPrepare(signal: AbortSignal): Promise<PreparePlan> {
    await using connection = await this.connect(signal);
    const facts = await readSourceFacts(connection, this.captured, signal);
    refuseToPrepare(this.label, facts);
    return planPrepare(this.source, facts);
  }

  async prepare(plan: PreparePlan, signal: AbortSignal): Promise<void> {
    await using connection = await this.connect(signal);
    for (const { sql } of plan.steps) {
      await connection.run(sql, signal);
      if (sql !== NEW_FILE) continue;
      const files = await readBinlogFiles(connection, signal);
      const { file = "" } = files.at(-1) ?? {};
      const begins = formatPosition(
        await readBeginning(connection, file, signal),
      );
      await connection.run(
        `SET ${POSITION_VARIABLE} = ${quoteLiteral(begins)}`,
        signal,
      );
    }
  }

  async planForget(signal: AbortSignal): Promise<PreparePlan> {
    await using connection = await this.connect(signal);
    const tables = await connection.query(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tidemark'",
      signal,
    );
    const names = tables.map(([name]) => name ?? "");
    if (!names.includes("sources")) return { steps: [] };
    const sources = await connection.query(
      "SELECT name FROM tidemark.sources",
      signal,
    );
    return planForget(this.source, {
      sources: sources.map(([name]) => name ?? ""),
      others: names.filter((name) => !["log", "sources"].includes(name)).length,
    });
  }

  async forget(plan: PreparePlan, signal: AbortSignal): Promise<void> {
    await using connection = await this.connect(signal);
    if ((await readReader(connection, this.source, signal)) !== undefined) {
      throw new TidemarkError(
        "SLOT_BUSY",
        `the log of ${this.label} is being read: nothing was removed`,
        { hint: "stop `tidemark run`, then try again" },
      );
    }
    for (const { sql } of plan.steps) await connection.run(sql, signal);
  }

  async startPosition(signal: AbortSignal): Promise<Position> {
    await using connection = await this.connect(signal);
    const prepared = await this.requirePrepared(connection, signal);
    const files = await readBinlogFiles(connection, signal);
    const executed = await readExecutedGtids(connection, signal);
    const newest = files.at(-1);
    // A log that was begun anew (RESET) counts its files from the start.
    const isReset =
      newest === undefined ||
      compareBinlogPlaces(prepared, { ...newest, offset: newest.bytes }) > 0 ||
      !hasExecuted(executed, prepared);
    const oldest = files[0];
    if (isReset || oldest === undefined) throw this.historyLost(prepared);
    if (compareBinlogPlaces(prepared, { ...oldest, offset: 0 }) >= 0)
      return prepared;
    return await readBeginning(connection, oldest.file, signal);
  }

  async preparedPosition(signal: AbortSignal): Promise<Position> {
    await using connection = await this.connect(signal);
    return await this.requirePrepared(connection, signal);
  }

  async currentPosition(signal: AbortSignal): Promise<Position> {
    await using connection = await this.connect(signal);
    return await readCurrentPosition(connection, signal);
  }

  async now(signal: AbortSignal): Promise<Micros> {
    await using connection = await this.connect(signal);
    const [micros] = await connection.queryOne(
      "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS UNSIGNED)",
      signal,
    );
    return BigInt(micros ?? "");
  }

  async mark(name: string, signal: AbortSignal): Promise<void> {
    await this.record([{ kind: "marker", name, body: "{}" }], signal);
  }

  async heartbeat(name: string, signal: AbortSignal): Promise<void> {
    await this.record([{ kind: "heartbeat", name, body: "{}" }], signal);
  }

  async recordSequences(signal: AbortSignal): Promise<void> {
    await using connection = await this.connect(signal);
    const values = await readSequenceValues(connection, this.includes, signal);
    const moved = values
      .map((value) => ({
        kind: "sequence",
        name: `${value.namespace}.${value.name}`,
        body: JSON.stringify(value),
      }))
      .filter(({ name, body }) => this.sequences.get(name) !== body);
    if (moved.length === 0) return;
    await this.record(moved, signal);
    for (const { name, body } of moved) this.sequences.set(name, body);
  }

  /** The server holds nothing back for us: how long it keeps its log is its own setting, which `diagnose` judges. */
  async retained(signal: AbortSignal): Promise<Retained> {
    await using connection = await this.connect(signal);
    const prepared = await readPrepared(connection, this.source, signal);
    const reader = await readReader(connection, this.source, signal);
    return {
      walBytes: 0,
      limitBytes: undefined,
      slotActive: reader !== undefined,
      confirmed: prepared?.position,
    };
  }

  async waitForBaseTurn(signal: AbortSignal): Promise<BaseTurn> {
    await using stack = new AsyncDisposableStack();
    const connection = stack.use(await this.connect(signal));
    const lost = new AbortController();
    const lock = quoteLiteral(baseLock(this.source));
    for (;;) {
      // Of the session: the server lets go of it when this process is gone.
      const [ours] = await connection.queryOne(
        `SELECT GET_LOCK(${lock}, ${BASE_TURN_PATIENCE_S})`,
        signal,
      );
      if (ours === "1") break;
    }
    connection.onEnd(() => lost.abort(this.turnLost()));
    const held = stack.move();
    return {
      lost: lost.signal,
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
  }

  private async record(
    rows: readonly {
      readonly kind: string;
      readonly name: string;
      readonly body: string;
    }[],
    signal: AbortSignal,
  ): Promise<void> {
    await using connection = await this.connect(signal);
    // First: where the right to do this is missing, nothing was written.
    await connection.run(TIDY, signal);
    // One transaction, which is durable when this returns.
    await connection.run("START TRANSACTION", signal);
    for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
      const values = rows
        .slice(from, from + ROWS_PER_INSERT)
        .map((row) => [row.kind, row.name, row.body].map(quoteLiteral))
        .map((texts) => `(${texts.join(", ")})`);
      await connection.run(
        `INSERT INTO tidemark.log (kind, name, body) VALUES ${values.join(", ")}`,
        signal,
      );
    }
    await connection.run("COMMIT", signal);
  }

  private async requirePrepared(
    connection: MysqlConnection,
    signal: AbortSignal,
  ): Promise<BinlogPosition> {
    const prepared = await readPrepared(connection, this.source, signal);
    if (prepared === undefined) throw this.notPrepared();
    return prepared.position;
  }

  private notPrepared(): TidemarkError {
    return new TidemarkError(
      "SOURCE_NOT_PREPARED",
      `${this.label} has no row of ${this.source} in tidemark.sources, or this user may not read it`,
      { hint: `tidemark prepare ${this.source}` },
    );
  }

  private historyLost(prepared: BinlogPosition): TidemarkError {
    return new TidemarkError(
      "HISTORY_LOST",
      `the binlog of ${this.label} was begun anew since it was prepared at ${formatPosition(prepared)}`,
      {
        hint: `what was in it is in the archive or nowhere. A new history has to begin: ${OTHER_NAME}`,
      },
    );
  }

  private turnLost(): TidemarkError {
    return new TidemarkError(
      "SERVER_UNREACHABLE",
      `${this.label}: the session that held the turn for this base has ended`,
      { hint: "take the base again: it is resumed" },
    );
  }

  private get captured() {
    return { source: this.source, includes: this.includes };
  }

  private async connect(signal: AbortSignal): Promise<MysqlConnection> {
    await using stack = new AsyncDisposableStack();
    const connection = stack.use(
      await MysqlConnection.open(this.address, { name: "admin" }, signal),
    );
    await this.requireSpelling(connection, signal);
    stack.move();
    return connection;
  }

  /** With lower_case_table_names=1 a server takes every spelling of a schema's name, and its log has one: nothing would be captured. */
  private async requireSpelling(
    connection: MysqlConnection,
    signal: AbortSignal,
  ): Promise<void> {
    const { database } = this.address;
    if (database === undefined) return;
    const [name] = await connection.queryOne("SELECT DATABASE()", signal);
    if (name === database) return;
    throw new TidemarkError(
      "CONFIG",
      `${this.label}: the server calls this schema ${name ?? "nothing"}`,
      { hint: `write it so in the URL of sources.${this.source}` },
    );
  }

  private get label(): string {
    return describeAddress(this.address);
  }
}

function hasExecuted(
  executed: string | undefined,
  { gtids }: BinlogPosition,
): boolean {
  if (executed === undefined || gtids === undefined) return true;
  return GtidSet.parse(executed).contains(GtidSet.parse(gtids));
}
