import { TidemarkError } from "../../../core/errors.ts";
import type { TableFilter } from "../../../core/shape.ts";
import {
  formatLsn,
  lsnPosition,
  type Position,
  lsnOf,
} from "../../../core/position.ts";
import type { Micros } from "../../../core/instant.ts";
import type { ChangeSource, SourceItem } from "../../change-source.ts";
import {
  PostgresConnection,
  describeAddress,
  type PostgresAddress,
} from "../connection.ts";
import { sqlState } from "../errors.ts";
import { sourceObjects } from "../names.ts";
import type { SourceName } from "../../../core/source-name.ts";
import type { TypeNames } from "./captured-relation.ts";
import { typeLabel } from "../shape.ts";
import { ItemQueue } from "../../stream/item-queue.ts";
import {
  openLogEndProbe,
  type LogEnd,
  type PostgresLogEndProbe,
} from "./log-end.ts";
import type { Keepalive } from "./messages/keepalive.ts";
import { PgoutputDecoder } from "./pgoutput-decoder.ts";
import { ReplicationStream } from "./replication-stream.ts";

export interface PostgresChangeSourceOptions {
  readonly source: SourceName;
  readonly address: PostgresAddress;
  readonly includes: TableFilter;
  /** Bytes of changes that may wait for the reader. */
  readonly queueBytes?: number;
  /** How often an idle server is asked how far its log has been sent. */
  readonly progressEveryMs?: number;
}

const QUEUE_BYTES = 2 * 1024 * 1024;
const PROGRESS_EVERY_MS = 2_000;
/** A status at least this often as a share of wal_sender_timeout, also while the reader is slow. */
const STATUS_SHARE = 0.5;

const UNDEFINED_OBJECT = "42704";

export class PostgresChangeSource implements ChangeSource {
  private readonly options: PostgresChangeSourceOptions;
  private readonly queue: ItemQueue;
  private readonly stack = new AsyncDisposableStack();
  /** It may not have started yet. */
  private opened: ReplicationStream | undefined;
  /** Once it has. */
  private stream: ReplicationStream | undefined;
  private decoder: PgoutputDecoder | undefined;
  private acknowledged = 0n;
  private lastPart = 0n;
  private sentBefore = { lsn: 0n, at: 0n as Micros };
  /** What the stream has to come past before its time is progress. */
  private sought: LogEnd | undefined;

  constructor(options: PostgresChangeSourceOptions) {
    this.options = options;
    this.queue = new ItemQueue(options.queueBytes ?? QUEUE_BYTES);
  }

  async *read(
    after: Position,
    signal: AbortSignal,
  ): AsyncGenerator<readonly SourceItem[]> {
    if (this.decoder !== undefined)
      throw new Error("a change source is read once");
    const { types, statusEveryMs } = await this.describeServer(signal);
    this.decoder = new PgoutputDecoder({
      types,
      includes: this.options.includes,
      emit: (item) => this.emit(item),
    });
    this.acknowledged = lsnOf(after);
    const { decoder } = this;
    const stream = await ReplicationStream.prepare(this.options.address, {
      onMessage: (message) => decoder.decode(message),
      onKeepalive: (keepalive) => this.keepalive(keepalive),
      onEnd: (error) => this.queue.fail(this.explain(error)),
    });
    this.opened = stream;
    this.stack.use(stream);
    this.queue.onPressure = (full) => stream.hold(full);
    await stream.start({
      ...sourceObjects(this.options.source),
      afterLsn: lsnOf(after),
    });
    this.stream = stream;
    this.every(statusEveryMs, () => stream.report(false));
    const probe = this.stack.use(openLogEndProbe(this.options.address));
    const askForProgress = () => void this.askForProgress(probe, stream);
    this.every(
      this.options.progressEveryMs ?? PROGRESS_EVERY_MS,
      askForProgress,
    );
    stream.acknowledge(this.acknowledged);
    askForProgress();
    for (;;) yield await this.queue.take(signal);
  }

  acknowledge(position: Position): void {
    const lsn = lsnOf(position);
    if (lsn <= this.acknowledged) return;
    this.acknowledged = lsn;
    this.stream?.acknowledge(lsn);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }

  private emit(item: SourceItem): void {
    if (item.kind === "part" && item.commit !== undefined) {
      this.lastPart = lsnOf(item.commit.position);
    }
    this.queue.push(item);
  }

  /** An end that is not passed yet stays: during a backlog the next one would be out of reach for as long, and so each time. */
  private async askForProgress(
    probe: PostgresLogEndProbe,
    stream: ReplicationStream,
  ): Promise<void> {
    this.sought ??= await probe.ask();
    stream.report(true);
  }

  private keepalive({ sentLsn, answer }: Keepalive): void {
    if (answer) this.stream?.report(false);
    // Inside a transaction the position sent lies beyond changes whose commit has not come.
    if (this.decoder?.inTransaction !== false) return;
    // A server that was just started repeats an older position than the transactions it has sent.
    if (sentLsn < this.lastPart || sentLsn < this.sentBefore.lsn) return;
    if (this.sought === undefined || sentLsn < this.sought.lsn) return;
    const { at } = this.sought;
    this.sought = undefined;
    if (at <= this.sentBefore.at) return;
    this.sentBefore = { lsn: sentLsn, at };
    this.queue.push({ kind: "progress", position: lsnPosition(sentLsn), at });
  }

  private every(ms: number, work: () => void): void {
    const timer = setInterval(work, ms);
    this.stack.defer(() => clearInterval(timer));
  }

  private async describeServer(
    signal: AbortSignal,
  ): Promise<{ types: TypeNames; statusEveryMs: number }> {
    await using connection = await PostgresConnection.open(
      this.options.address,
      { name: "capture" },
      signal,
    );
    const rows = await connection.query<{
      oid: number;
      namespace: string;
      name: string;
    }>(
      `SELECT t.oid::int8::int4 AS oid, n.nspname AS namespace, t.typname AS name
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname = 'pg_catalog'`,
    );
    const timeout = await connection.queryOne<{ ms: number }>(
      `SELECT setting::int AS ms FROM pg_settings WHERE name = 'wal_sender_timeout'`,
    );
    return {
      types: new Map(rows.map((row) => [row.oid, typeLabel(row)])),
      // 0: the server waits for ever; a status now and then still tells it that we live.
      statusEveryMs: Math.min(
        10_000,
        Math.max(100, (timeout.ms || 60_000) * STATUS_SHARE),
      ),
    };
  }

  private explain(error: unknown): unknown {
    // Once the slot streams, only the publication can be missing. The server decodes with the catalogs of that moment, so one made
    // anew is not found either: it will never send what lies there. (From 18 on it skips such changes: the mark shows it.)
    if (
      this.opened?.hasStarted === true &&
      sqlState(error) === UNDEFINED_OBJECT
    ) {
      const { source, address } = this.options;
      return new TidemarkError(
        "HISTORY_LOST",
        `${describeAddress(address)} cannot decode its log after ${formatLsn(this.lastPart > this.acknowledged ? this.lastPart : this.acknowledged)}: the publication was dropped there (${error instanceof Error ? error.message : String(error)})`,
        {
          cause: error,
          hint: `what is archived stays restorable; begin a new history: \`SELECT pg_drop_replication_slot('${sourceObjects(source).slot}')\`, give the database another name than ${source} in tidemark.yaml, then \`tidemark prepare\``,
        },
      );
    }
    if (!(error instanceof RangeError)) return error;
    return new TidemarkError(
      "SOURCE_UNREADABLE",
      `${describeAddress(this.options.address)}, after ${formatLsn(this.lastPart)}: ${error.message}`,
      {
        cause: error,
        hint: "capture stands before this transaction; nothing was skipped",
      },
    );
  }
}
