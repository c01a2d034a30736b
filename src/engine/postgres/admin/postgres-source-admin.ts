import { TidemarkError } from "../../../core/errors.ts";
import type { Micros } from "../../../core/instant.ts";
import {
  lsnPosition,
  parseLsn,
  type Position,
} from "../../../core/position.ts";
import type { SourceName } from "../../../core/source-name.ts";
import { sleep } from "../../../platform/sleep.ts";
import type {
  BaseTurn,
  Preparation,
  PreparePlan,
  Problem,
  Retained,
  SourceAdmin,
  SourceIdentity,
} from "../../source-admin.ts";
import {
  PostgresConnection,
  describeAddress,
  type PostgresAddress,
} from "../connection.ts";
import { sourceObjects } from "../names.ts";
import {
  OTHER_NAME,
  diagnosePreparation,
  diagnoseSource,
  foreignSlot,
} from "./diagnose.ts";
import { planForget, planPrepare } from "./plan-prepare.ts";
import { readPreparation } from "./read-preparation.ts";
import {
  readSlot,
  readSlotBeginning,
  readSourceFacts,
  type SlotFacts,
} from "./source-facts.ts";

const BASE_TURN_POLL_MS = 500;

/** The control file of a server that was promoted names the old one until its first checkpoint, minutes later. */
const TIMELINE = `CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint())
  ELSE ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int END`;

/** Opens a connection per call: these are rare, and a server may restart between them. */
export class PostgresSourceAdmin implements SourceAdmin {
  private readonly source: SourceName;
  private readonly address: PostgresAddress;
  private readonly sequences = new Map<string, string>();

  constructor(source: SourceName, address: PostgresAddress) {
    this.source = source;
    this.address = address;
  }

  async identity(signal: AbortSignal): Promise<SourceIdentity> {
    await using connection = await this.connect(signal);
    const row = await connection.queryOne<{
      version: string;
      system: string;
      timeline: number;
      oid: string;
      database: string;
    }>(`SELECT split_part(current_setting('server_version'), ' ', 1) AS version, s.system_identifier::text AS system,
               ${TIMELINE} AS timeline, d.oid::text AS oid, d.datname AS database
          FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()`);
    return {
      engine: "postgres",
      version: row.version,
      systemIdentifier: row.system,
      timeline: row.timeline,
      databaseOid: Number(row.oid),
      database: row.database,
    };
  }

  async diagnose(signal: AbortSignal): Promise<readonly Problem[]> {
    await using connection = await this.connect(signal);
    return diagnoseSource(
      this.source,
      await readSourceFacts(connection, this.source),
    );
  }

  async preparation(signal: AbortSignal): Promise<Preparation> {
    await using connection = await this.connect(signal);
    const facts = await readPreparation(connection, this.source);
    return {
      mark: facts.mark,
      problems: [...diagnosePreparation(this.source, facts)],
    };
  }

  async planPrepare(signal: AbortSignal): Promise<PreparePlan> {
    await using connection = await this.connect(signal);
    const facts = await readSourceFacts(connection, this.source);
    if (facts.walLevel !== "logical") {
      throw new TidemarkError(
        "PREFLIGHT",
        `wal_level of ${this.label} is ${facts.walLevel}`,
        {
          hint: "ALTER SYSTEM SET wal_level = 'logical'; then restart the server",
        },
      );
    }
    if (facts.slot !== undefined) this.requireWorkingSlot(facts.slot);
    if (facts.hasRestoreLedger) {
      throw new TidemarkError(
        "PREFLIGHT",
        `a restore into ${this.label} is at work, or was killed`,
        { hint: `tidemark check ${this.source} says what mends it` },
      );
    }
    if (facts.unpublishableTables.length > 0) {
      const tables = facts.unpublishableTables.map(({ name }) => name);
      throw new TidemarkError(
        "PREFLIGHT",
        `nobody could update or delete rows of ${tables.join(", ")} any more: a virtual generated column, and no key as identity`,
        { hint: `tidemark check ${this.source} says what mends it` },
      );
    }
    return planPrepare(this.source, facts);
  }

  async prepare(plan: PreparePlan, signal: AbortSignal): Promise<void> {
    await using connection = await this.connect(signal);
    await run(plan, connection, signal);
  }

  async planForget(signal: AbortSignal): Promise<PreparePlan> {
    await using connection = await this.connect(signal);
    return planForget(
      this.source,
      await readSourceFacts(connection, this.source),
    );
  }

  async forget(plan: PreparePlan, signal: AbortSignal): Promise<void> {
    await using connection = await this.connect(signal);
    const { slot: name } = sourceObjects(this.source);
    // The server would refuse to drop it when all else is gone already.
    if ((await readSlot(connection, name))?.active === true) {
      throw new TidemarkError(
        "SLOT_BUSY",
        `slot ${name} of ${this.label} is being read: nothing was removed`,
        { hint: "stop `tidemark run`, then try again" },
      );
    }
    await run(plan, connection, signal);
  }

  async startPosition(signal: AbortSignal): Promise<Position> {
    await using connection = await this.connect(signal);
    const { slot: name } = sourceObjects(this.source);
    const slot = await readSlot(connection, name);
    if (slot === undefined) {
      throw new TidemarkError(
        "SOURCE_NOT_PREPARED",
        `${this.label} has no replication slot ${name}`,
        {
          hint: `tidemark prepare ${this.source}`,
        },
      );
    }
    return lsnPosition(this.requireWorkingSlot(slot));
  }

  async preparedPosition(signal: AbortSignal): Promise<Position> {
    await using connection = await this.connect(signal);
    const { slot } = sourceObjects(this.source);
    const begins = await readSlotBeginning(connection, slot);
    if (begins !== undefined) return lsnPosition(begins);
    throw new TidemarkError(
      "SOURCE_NOT_PREPARED",
      `${this.label} does not know where the log of slot ${slot} began`,
      { hint: `tidemark prepare ${this.source}` },
    );
  }

  async currentPosition(signal: AbortSignal): Promise<Position> {
    await using connection = await this.connect(signal);
    const row = await connection.queryOne<{ lsn: string }>(
      "SELECT pg_current_wal_insert_lsn()::text AS lsn",
    );
    return lsnPosition(parseLsn(row.lsn));
  }

  async now(signal: AbortSignal): Promise<Micros> {
    await using connection = await this.connect(signal);
    const row = await connection.queryOne<{ micros: string }>(
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS micros",
    );
    return BigInt(row.micros);
  }

  async mark(name: string, signal: AbortSignal): Promise<void> {
    await this.record("marker", name, signal);
  }

  async heartbeat(name: string, signal: AbortSignal): Promise<void> {
    await this.record("heartbeat", name, signal);
  }

  private async record(
    kind: string,
    name: string,
    signal: AbortSignal,
  ): Promise<void> {
    await using connection = await this.connect(signal);
    // First: where the right to do this is missing, nothing was written.
    await connection.query("SELECT tidemark.tidy()");
    // One statement, so one transaction, which is durable when this returns.
    await connection.query("SELECT tidemark.record($1, $2, '{}')", [
      kind,
      name,
    ]);
  }

  async recordSequences(signal: AbortSignal): Promise<void> {
    await using connection = await this.connect(signal);
    const rows = await connection.query<{
      namespace: string;
      name: string;
      lastValue: string;
    }>(
      `SELECT schemaname AS namespace, sequencename AS name, last_value::text AS "lastValue" FROM pg_sequences
        WHERE last_value IS NOT NULL AND schemaname <> 'tidemark'`,
    );
    const readings = rows.map((row) => ({
      name: `${row.namespace}.${row.name}`,
      body: JSON.stringify(row),
    }));
    const moved = readings.filter(
      ({ name, body }) => this.sequences.get(name) !== body,
    );
    if (moved.length === 0) return;
    // A busy database has no other occasion: it is not idle, and gets no heartbeat.
    await connection.query("SELECT tidemark.tidy()");
    await connection.query(
      `SELECT tidemark.record('sequence', name, body) FROM jsonb_to_recordset($1::jsonb) AS r (name text, body text)`,
      [JSON.stringify(moved)],
    );
    for (const { name, body } of moved) this.sequences.set(name, body);
  }

  async retained(signal: AbortSignal): Promise<Retained> {
    await using connection = await this.connect(signal);
    const found = await readSlot(connection, sourceObjects(this.source).slot);
    const slot = found?.isOurs === true ? found : undefined;
    return {
      walBytes: slot?.retainedBytes ?? 0,
      limitBytes: slot?.safeBytes,
      slotActive: slot?.active ?? false,
      confirmed:
        slot?.confirmedLsn === undefined
          ? undefined
          : lsnPosition(slot.confirmedLsn),
    };
  }

  async waitForBaseTurn(signal: AbortSignal): Promise<BaseTurn> {
    await using stack = new AsyncDisposableStack();
    const connection = stack.use(await this.connect(signal));
    const lost = new AbortController();
    connection.client.once("end", () => lost.abort(this.turnLost()));
    for (;;) {
      // Of the session: the server lets go of it when this process is gone.
      const { ours } = await connection.queryOne<{ ours: boolean }>(
        "SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS ours",
        [`tidemark base ${this.source}`],
      );
      if (ours) break;
      await sleep(BASE_TURN_POLL_MS, signal);
    }
    const held = stack.move();
    return {
      lost: lost.signal,
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
  }

  /** Ours, and good for something: what it has confirmed. Throws PREFLIGHT, HISTORY_LOST. */
  private requireWorkingSlot(slot: SlotFacts): bigint {
    const { slot: name } = sourceObjects(this.source);
    if (!slot.isOurs) {
      throw new TidemarkError(
        "PREFLIGHT",
        `${this.label}: ${foreignSlot(name, slot)}`,
        { hint: OTHER_NAME },
      );
    }
    if (slot.walStatus !== "lost" && slot.confirmedLsn !== undefined)
      return slot.confirmedLsn;
    throw new TidemarkError(
      "HISTORY_LOST",
      `slot ${name} of ${this.label} is invalid`,
      {
        hint: `the server has discarded log that was not archived. A new history has to begin: ${OTHER_NAME}`,
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

  private connect(signal: AbortSignal): Promise<PostgresConnection> {
    return PostgresConnection.open(this.address, { name: "admin" }, signal);
  }

  private get label(): string {
    return describeAddress(this.address);
  }
}

/** One by one. A failure inside a transaction of the plan undoes it, because the connection ends. */
async function run(
  plan: PreparePlan,
  connection: PostgresConnection,
  signal: AbortSignal,
): Promise<void> {
  for (const step of plan.steps) {
    signal.throwIfAborted();
    await connection.query(step.sql);
  }
}
