import type { Duplex } from "node:stream";
import type pg from "pg";
import type { ClientConfig } from "pg";
import { LogicalReplicationService } from "pg-logical-replication";
import { formatLsn } from "../../../core/position.ts";
import {
  NO_TRANSACTION_TIMEOUT,
  clientConfig,
  describeAddress,
  type PostgresAddress,
} from "../connection.ts";
import { translateError } from "../errors.ts";
import { quoteIdentifier, quoteLiteral } from "../quote.ts";
import { ReadCoalescer } from "./read-coalescer.ts";
import { readKeepalive, type Keepalive } from "./messages/keepalive.ts";
import { encodeStandbyStatus } from "./messages/standby-status.ts";

export interface StreamHandlers {
  /** One pgoutput message; a throw ends the stream. */
  readonly onMessage: (message: Buffer) => void;
  readonly onKeepalive: (keepalive: Keepalive) => void;
  /** Once: the stream is over and will not come back. */
  readonly onEnd: (error: unknown) => void;
}

export interface StreamStart {
  readonly slot: string;
  readonly publication: string;
  readonly afterLsn: bigint;
}

/** What `pg` keeps of a connection beyond its public types. */
interface WireConnection {
  readonly stream: Duplex;
  on(
    event: "copyData",
    listener: (message: { readonly chunk: Buffer }) => void,
  ): void;
  once(event: "end", listener: () => void): void;
  sendCopyFromChunk(chunk: Buffer): void;
}

const XLOG_DATA = 0x77;
const KEEPALIVE = 0x6b;

/**
 * One START_REPLICATION. pg-logical-replication brings it up; its traps and how they are avoided: its status timer acknowledges
 * what was *received* (off: timeoutSeconds 0), `acknowledge` adds one to the LSN and says the same of received and durable
 * (statuses are written here), keepalives' clocks are a week off (read here from the raw message), a throwing plugin would
 * reach the socket (caught).
 */
export class ReplicationStream implements AsyncDisposable {
  private readonly service: LogicalReplicationService;
  private readonly handlers: StreamHandlers;
  private readonly label: string;
  private readonly isLocalSocket: boolean;
  private connection: WireConnection | undefined;
  private received = 0n;
  private coalescer: ReadCoalescer | undefined;
  private ended = false;

  private constructor(
    config: ClientConfig,
    label: string,
    handlers: StreamHandlers,
  ) {
    this.isLocalSocket = config.host?.startsWith("/") === true;
    this.handlers = handlers;
    this.label = label;
    this.service = new LogicalReplicationService(config, {
      acknowledge: { auto: false, timeoutSeconds: 0 },
    });
    this.service.on("error", (error: Error) => this.end(error));
  }

  static async prepare(
    address: PostgresAddress,
    handlers: StreamHandlers,
  ): Promise<ReplicationStream> {
    const config = await clientConfig(address, {
      name: "capture",
      replication: true,
    });
    return new ReplicationStream(config, describeAddress(address), handlers);
  }

  /** Resolves once the server has agreed to stream. Throws SLOT_BUSY, SERVER_UNREACHABLE, ACCESS_DENIED … */
  async start(start: StreamStart): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.service.once("start", resolve);
    const handlers: StreamHandlers = {
      ...this.handlers,
      onKeepalive: (keepalive) => {
        this.received = keepalive.sentLsn;
        this.handlers.onKeepalive(keepalive);
      },
    };
    const plugin = new PgoutputPlugin(start, handlers, {
      onConnection: (connection) => {
        this.connection = connection;
        if (!this.isLocalSocket)
          this.coalescer = new ReadCoalescer(connection.stream);
        connection.once("end", () =>
          this.end(
            new Error("Connection terminated: the server ended the stream"),
          ),
        );
      },
      onFailure: (error) => this.end(error),
    });
    this.service.subscribe(plugin, start.slot, formatLsn(start.afterLsn)).then(
      () => {
        this.end(new Error("Connection terminated: the stream ended"));
        reject(new Error("the stream ended before it began"));
      },
      (error: unknown) => {
        this.end(error);
        reject(translateError(error, this.label));
      },
    );
    await promise;
  }

  /** The source may forget what ends at or before `lsn`. */
  acknowledge(lsn: bigint): void {
    this.send(lsn, false);
  }

  /**
   * A sign of life: what was received, and nothing of what is durable. A server that shuts down waits for everything it has sent to
   * be received, and would wait for ever if each status repeated the last acknowledgement, which stays behind on purpose.
   */
  report(ask: boolean): void {
    this.send(0n, ask);
  }

  private send(flushed: bigint, ask: boolean): void {
    if (this.ended) return;
    this.connection?.sendCopyFromChunk(
      encodeStandbyStatus({
        written: flushed > this.received ? flushed : this.received,
        flushed,
        at: BigInt(Date.now()) * 1000n,
        ask,
      }),
    );
  }

  /** True: no more reads until false. */
  hold(full: boolean): void {
    if (this.coalescer !== undefined) this.coalescer.hold(full);
    else if (full) this.connection?.stream.pause();
    else this.connection?.stream.resume();
  }

  private end(error: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.handlers.onEnd(translateError(error, this.label));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ended = true;
    // A paused socket would never see the server's goodbye.
    this.coalescer?.stop();
    this.connection?.stream.resume();
    this.connection?.stream.destroy();
    await this.service.destroy().catch(() => undefined);
  }
}

interface PluginHooks {
  readonly onConnection: (connection: WireConnection) => void;
  readonly onFailure: (error: unknown) => void;
}

/** The library's shape of a plugin. */
class PgoutputPlugin {
  readonly options = {};
  private readonly stream: StreamStart;
  private readonly handlers: StreamHandlers;
  private readonly hooks: PluginHooks;
  private failed = false;

  constructor(
    stream: StreamStart,
    handlers: StreamHandlers,
    hooks: PluginHooks,
  ) {
    this.stream = stream;
    this.handlers = handlers;
    this.hooks = hooks;
  }

  get name(): string {
    return "pgoutput";
  }

  parse(message: Buffer): void {
    this.guard(() => this.handlers.onMessage(message));
  }

  async start(client: pg.Client, slot: string, lsn: string): Promise<unknown> {
    const { connection } = client as unknown as {
      readonly connection: WireConnection;
    };
    this.hooks.onConnection(connection);
    connection.on("copyData", ({ chunk }) => {
      if (chunk[0] === KEEPALIVE) {
        this.guard(() => this.handlers.onKeepalive(readKeepalive(chunk)));
      } else if (chunk[0] !== XLOG_DATA) {
        this.guard(() => {
          throw new RangeError(`a replication message of kind ${chunk[0]}`);
        });
      }
    });
    const options = [
      "proto_version '1'",
      `publication_names ${quoteLiteral(quoteIdentifier(this.stream.publication))}`,
      "messages 'true'",
    ];
    // Decoding a transaction is one, too.
    await client.query(NO_TRANSACTION_TIMEOUT);
    return client.query(
      `START_REPLICATION SLOT ${quoteIdentifier(slot)} LOGICAL ${lsn} (${options.join(", ")})`,
    );
  }

  /** After the first failure nothing more is decoded: what follows a message that was not understood means nothing. */
  private guard(work: () => void): void {
    if (this.failed) return;
    try {
      work();
    } catch (error) {
      this.failed = true;
      this.hooks.onFailure(error);
    }
  }
}
