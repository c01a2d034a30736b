import { join } from "node:path";
import { mkdir } from "node:fs/promises";
import {
  binlogOf,
  compareBinlogPlaces,
  formatPosition,
  type BinlogPosition,
  type Position,
} from "../../../core/position.ts";
import type { TableFilter } from "../../../core/shape.ts";
import type { SourceName } from "../../../core/source-name.ts";
import type { ChangeSource, SourceItem } from "../../change-source.ts";
import { ItemQueue } from "../../stream/item-queue.ts";
import type { MysqlConnection } from "../connection.ts";
import { describeAddress, type MysqlAddress } from "../connection.ts";
import type { PacketRun } from "../packet-run.ts";
import { leavesGeneratedOut } from "../values/describe-tables.ts";
import { BinlogDecoder } from "./binlog-decoder.ts";
import { openCaptureSession, serverIdOf } from "./capture-session.ts";
import { checkHistory } from "./check-history.ts";
import { earlierXa, type ReadEarlierXa } from "./earlier-xa.ts";
import { GeneratedColumns, type ReadGenerated } from "./generated-columns.ts";
import { dumpStream, type DumpStart } from "./dump-stream.ts";
import { LogCursor } from "./log-cursor.ts";
import { openLogEndProbe, type LogEnd } from "./log-end.ts";
import { RowEvents } from "./row-events.ts";
import { Statements } from "./statements.ts";
import { StreamTables } from "./stream-tables.ts";
import { translateDumpError } from "./stream-error.ts";
import { Transactions } from "./transactions.ts";

export interface MysqlChangeSourceOptions {
  readonly source: SourceName;
  readonly address: MysqlAddress;
  readonly includes: TableFilter;
  /** Whether a schema may hold captured tables: its other objects then have a history, too. */
  readonly includesSchema: (schema: string) => boolean;
  /** Where large transactions wait that are not decided; only this process uses it. */
  readonly workFolder: string;
  /** The server ends an older reader of the same id. */
  readonly serverId?: number;
  /** Bytes of changes that may wait for the reader. */
  readonly queueBytes?: number;
  /** How often the server is asked how far its log goes. */
  readonly progressEveryMs?: number;
}

const QUEUE_BYTES = 2 * 1024 * 1024;
const PROGRESS_EVERY_MS = 2_000;
/** Behind the byte that says that a packet holds an event. */
const EVENT_AT = 1;

export class MysqlChangeSource implements ChangeSource {
  private readonly options: MysqlChangeSourceOptions;
  private readonly queue: ItemQueue;
  private readonly stop = new AbortController();
  private readonly stack = new AsyncDisposableStack();
  private decoder: BinlogDecoder | undefined;
  /** An event waits for room: what it ends is not in the queue yet. */
  private isWaiting = false;
  private said = 0n;
  /** What the stream has to come past before its time is progress. */
  private sought: LogEnd | undefined;

  constructor(options: MysqlChangeSourceOptions) {
    this.options = options;
    this.queue = new ItemQueue(options.queueBytes ?? QUEUE_BYTES);
  }

  async *read(
    position: Position,
    signal: AbortSignal,
  ): AsyncGenerator<readonly SourceItem[]> {
    if (this.decoder !== undefined)
      throw new Error("a change source is read once");
    const after = binlogOf(position);
    const { address, source } = this.options;
    const ended = AbortSignal.any([signal, this.stop.signal]);
    const connection = await openCaptureSession({ address, source }, ended);
    this.stack.use(connection);
    const start = await this.prepare(connection, after, ended);
    this.pump(dumpStream(connection, start, ended));
    this.seekProgress();
    for (;;) yield await this.queue.take(signal);
  }

  /** A server keeps its log for as long as it was told to, whoever has read it. */
  acknowledge(): void {
    return;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    this.queue.fail(this.stop.signal.reason);
    await this.stack.disposeAsync();
  }

  private async prepare(
    connection: MysqlConnection,
    after: BinlogPosition,
    signal: AbortSignal,
  ): Promise<DumpStart> {
    const { address, source, serverId, workFolder } = this.options;
    const { byGtids } = await checkHistory(
      connection,
      { address, after },
      signal,
    );
    const [lowerCase] = await connection.queryOne(
      "SELECT @@GLOBAL.lower_case_table_names",
      signal,
    );
    const folder = join(workFolder, "undecided");
    await mkdir(folder, { recursive: true });
    this.decoder = this.makeDecoder(after, {
      flavour: connection.flavour,
      lowerCaseNames: lowerCase !== "0",
      folder,
      earlierXa: earlierXa(address, signal),
      readGenerated: leavesGeneratedOut(connection)
        ? this.stack.use(new GeneratedColumns(address, signal)).read
        : undefined,
    });
    return {
      after,
      byGtids,
      serverId: serverId ?? serverIdOf(source),
      where: describeAddress(address),
    };
  }

  private makeDecoder(
    after: BinlogPosition,
    server: {
      readonly flavour: "mysql" | "mariadb";
      readonly lowerCaseNames: boolean;
      readonly folder: string;
      readonly readGenerated: ReadGenerated | undefined;
      readonly earlierXa: ReadEarlierXa;
    },
  ): BinlogDecoder {
    const { flavour, lowerCaseNames, folder } = server;
    const { readGenerated, earlierXa } = server;
    // From an undecided transaction on it is read again without knowing what was executed by then.
    const cursor = new LogCursor(
      after.undecided ?? after,
      after.undecided === undefined ? after.gtids : undefined,
    );
    const transactions = new Transactions({
      ...{ cursor, folder, after, earlierXa },
      emit: (item) => this.queue.push(item),
      room: () => this.queue.room(),
    });
    this.stack.defer(() => transactions.dispose());
    const tables = new StreamTables({
      ...{ flavour, readGenerated },
      includes: this.options.includes,
      includesSchema: this.options.includesSchema,
      onShape: (shape) => this.queue.push({ kind: "shape", shape }),
    });
    return new BinlogDecoder({
      ...{ flavour, cursor, tables, transactions },
      statements: new Statements({
        ...{ flavour, tables, transactions, lowerCaseNames },
      }),
      rows: new RowEvents(tables, transactions),
    });
  }

  /** Decodes as long as the queue has room; the server waits meanwhile. */
  private pump(packets: AsyncIterable<PacketRun>): void {
    const pumping = this.decode(packets).catch((error: unknown) =>
      this.queue.fail(this.explain(error)),
    );
    this.stack.defer(() => pumping);
  }

  private async decode(packets: AsyncIterable<PacketRun>): Promise<void> {
    const { decoder, queue } = this;
    if (decoder === undefined) return;
    const range = { start: 0, end: 0 };
    for await (const run of packets) {
      for (let at = 0; at < run.length; at++) {
        range.start = (run.starts[at] as number) + EVENT_AT;
        range.end = run.ends[at] as number;
        const work = decoder.decode(run.buffer, range) ?? queue.room();
        if (work !== undefined) {
          this.isWaiting = true;
          await work;
          this.isWaiting = false;
          this.stop.signal.throwIfAborted();
        }
        if (this.sought !== undefined) this.sayProgress();
      }
    }
  }

  private seekProgress(): void {
    const probe = this.stack.use(openLogEndProbe(this.options.address));
    const seek = async () => {
      // An end that is not passed yet stays: during a backlog the next one would be out of reach for as long, and so each time.
      this.sought ??= await probe.ask();
      this.sayProgress();
    };
    const timer = setInterval(
      () => void seek(),
      this.options.progressEveryMs ?? PROGRESS_EVERY_MS,
    );
    this.stack.defer(() => clearInterval(timer));
    void seek();
  }

  private sayProgress(): void {
    const { decoder, sought } = this;
    if (sought === undefined || decoder === undefined) return;
    if (this.isWaiting || !decoder.isBetween) return;
    if (compareBinlogPlaces(sought.place, decoder.place) > 0) return;
    const { position } = decoder;
    this.sought = undefined;
    if (sought.at <= this.said) return;
    this.said = sought.at;
    this.queue.push({ kind: "progress", position, at: sought.at });
  }

  private explain(error: unknown): unknown {
    return translateDumpError(error, {
      where: describeAddress(this.options.address),
      place:
        this.decoder === undefined
          ? "?"
          : formatPosition(this.decoder.position),
    });
  }
}
