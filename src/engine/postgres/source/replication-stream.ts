import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import pg from "pg";
import { formatLsn } from "../../../core/position.ts";
import {
  NO_TRANSACTION_TIMEOUT,
  clientConfig,
  describeAddress,
  type PostgresAddress,
} from "../connection.ts";
import { quoteIdentifier, quoteLiteral } from "../quote.ts";
import { MessageSplitter } from "./message-splitter.ts";
import { ReadCoalescer } from "../../stream/read-coalescer.ts";
import { translateStreamError } from "./stream-error.ts";
import { readKeepalive, type Keepalive } from "./messages/keepalive.ts";
import type { MessageReader } from "./messages/reader.ts";
import { encodeStandbyStatus } from "./messages/standby-status.ts";

export interface StreamHandlers {
  /** One pgoutput message; the reader is used again afterwards. A throw ends the stream. */
  readonly onMessage: (message: MessageReader) => void;
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
  once(event: "end" | "replicationStart", listener: () => void): void;
  sendCopyFromChunk(chunk: Buffer): void;
}

/** `w` · Int64 where the data begin · Int64 end of the log · Int64 the server's clock · a pgoutput message */
const XLOG_DATA = 0x77;
const XLOG_HEADER_BYTES = 24;
const KEEPALIVE = 0x6b;

/** One START_REPLICATION: `pg` opens the connection and hears what is said about it; what streams is read here. */
export class ReplicationStream implements AsyncDisposable {
  private readonly client: pg.Client;
  private readonly handlers: StreamHandlers;
  private readonly label: string;
  private readonly isLocalSocket: boolean;
  private connection: WireConnection | undefined;
  private received = 0n;
  private coalescer: ReadCoalescer | undefined;
  private ended = false;
  private started = false;

  private constructor(
    config: pg.ClientConfig,
    label: string,
    handlers: StreamHandlers,
  ) {
    this.isLocalSocket = config.host?.startsWith("/") === true;
    this.handlers = handlers;
    this.label = label;
    this.client = new pg.Client(config);
    this.client.on("error", (error) => this.end(error));
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

  /** The server has agreed to stream; an error may come with the same bytes, before `start` resolves. */
  get hasStarted(): boolean {
    return this.started;
  }

  /** Resolves once the server has agreed to stream. Throws SLOT_BUSY, SERVER_UNREACHABLE, ACCESS_DENIED … */
  async start(start: StreamStart): Promise<void> {
    try {
      await this.client.connect();
      // Decoding a transaction is one, too.
      await this.client.query(NO_TRANSACTION_TIMEOUT);
      await this.stream(start);
    } catch (error) {
      this.end(error);
      throw translateStreamError(error, this.label);
    }
  }

  private async stream(start: StreamStart): Promise<void> {
    const { connection } = this.client as unknown as {
      readonly connection: WireConnection;
    };
    this.connection = connection;
    this.takeOver(connection.stream);
    // Under TLS the bytes come in records of 16 KiB from a socket of its own: a pause after each would hold them up.
    if (!this.isLocalSocket && !(connection.stream instanceof TLSSocket))
      this.coalescer = new ReadCoalescer(connection.stream);
    connection.once("end", () =>
      this.end(new Error("Connection terminated: the server ended the stream")),
    );
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    connection.once("replicationStart", () => {
      this.started = true;
      resolve();
    });
    this.client.query(startReplication(start)).then(
      () => {
        const error = new Error("Connection terminated: the stream ended");
        this.end(error);
        reject(error);
      },
      (error: unknown) => {
        this.end(error);
        reject(error);
      },
    );
    await promise;
  }

  /**
   * Stands between the socket and `pg`, which makes several objects of every message; it still gets all that is not CopyData. Its
   * query has ended and the next one is not sent, so a message begins with the next byte.
   */
  private takeOver(socket: Duplex): void {
    const listeners = socket.listeners("data");
    socket.removeAllListeners("data");
    const splitter = new MessageSplitter({
      onCopyData: (message) => this.receive(message),
      onOther: (message) => {
        for (const listener of listeners) listener.call(socket, message);
      },
    });
    socket.on("data", (chunk: Buffer) => {
      // After the first failure nothing more is read: what follows a message that was not understood means nothing.
      if (this.ended) return;
      try {
        splitter.push(chunk);
      } catch (error) {
        this.end(error);
      }
    });
  }

  private receive(message: MessageReader): void {
    if (this.ended) return;
    const kind = message.uint8();
    switch (kind) {
      case XLOG_DATA:
        message.skip(XLOG_HEADER_BYTES);
        return this.handlers.onMessage(message);
      case KEEPALIVE: {
        const keepalive = readKeepalive(message);
        this.received = keepalive.sentLsn;
        return this.handlers.onKeepalive(keepalive);
      }
      default:
        throw new RangeError(`a replication message of kind ${kind}`);
    }
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
    this.handlers.onEnd(translateStreamError(error, this.label));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ended = true;
    // A paused socket would never see the server's goodbye.
    this.coalescer?.stop();
    this.connection?.stream.resume();
    this.connection?.stream.destroy();
    await this.client.end().catch(() => undefined);
  }
}

function startReplication({ slot, publication, afterLsn }: StreamStart) {
  const options = [
    "proto_version '1'",
    `publication_names ${quoteLiteral(quoteIdentifier(publication))}`,
    "messages 'true'",
  ];
  return `START_REPLICATION SLOT ${quoteIdentifier(slot)} LOGICAL ${formatLsn(afterLsn)} (${options.join(", ")})`;
}
