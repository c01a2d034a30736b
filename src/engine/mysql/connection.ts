import { TidemarkError } from "../../core/errors.ts";
import { translateError } from "./errors.ts";
import { logIn, type ServerLogin } from "./log-in.ts";
import { PacketChannel } from "./packet-channel.ts";
import type { PacketRun } from "./packet-run.ts";
import {
  isEof,
  isError,
  LOCAL_INFILE,
  OK,
  type OkAnswer,
  readEof,
  readError,
  readLength,
  readOk,
  readRow,
  ServerError,
} from "./server-answer.ts";
import { type Flavour, sessionStatements } from "./session-settings.ts";

export type MysqlAddress = ServerLogin;

export interface ConnectionUse {
  /** What the server's list of connections shows, as program_name. */
  readonly name: string;
  /** Session variables besides those that every connection has. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** What a statement did. */
export interface Done {
  readonly affectedRows: number;
  readonly warnings: number;
}

const COM_QUIT = Buffer.of(0x01);
const COM_QUERY = Buffer.of(0x03);

const CLOSE_PATIENCE_MS = 2_000;
const KILL_PATIENCE_MS = 3_000;

/**
 * An open connection that ends with its scope; one statement at a time. A statement whose signal aborts is killed in the server, and
 * the connection ends with it; so it does when the rows of `rows` or `stream` are not read to their end.
 */
export class MysqlConnection implements AsyncDisposable {
  readonly flavour: Flavour;
  /** `9.5.0`, `10.11.14`: what the server calls itself, without what its packager adds. */
  readonly version: string;
  /** Of this session in the server's list. */
  readonly id: string;
  readonly #address: MysqlAddress;
  readonly #label: string;
  readonly #channel: PacketChannel;
  #isBusy = false;
  #packets: Buffer[] = [];
  #killed: Promise<void> | undefined;

  private constructor(
    address: MysqlAddress,
    channel: PacketChannel,
    greeting: Greeting,
  ) {
    this.#address = address;
    this.#label = describeAddress(address);
    this.#channel = channel;
    this.flavour = greeting.flavour;
    this.version = greeting.version;
    this.id = greeting.id;
  }

  static async open(
    address: MysqlAddress,
    use: ConnectionUse,
    signal: AbortSignal,
  ): Promise<MysqlConnection> {
    const channel = await openChannel(address, use.name, signal);
    const opening = new MysqlConnection(address, channel, UNKNOWN);
    try {
      const [row] = await opening.query(
        "SELECT VERSION(), CONNECTION_ID()",
        signal,
      );
      const greeting = parseGreeting(row);
      const opened = new MysqlConnection(address, channel, greeting);
      for (const sql of sessionStatements(greeting.flavour, use.settings)) {
        await opened.run(sql, signal);
      }
      return opened;
    } catch (error) {
      channel.destroy();
      throw error;
    }
  }

  /** Rows of one statement, for what is utf8 in the server: names, numbers, texts of information_schema. */
  async query(
    sql: string,
    signal: AbortSignal,
  ): Promise<readonly (readonly (string | null)[])[]> {
    const rows = await this.queryRaw(sql, signal);
    return rows.map((row) =>
      row.map((value) => value?.toString("utf8") ?? null),
    );
  }

  /** Rows of one statement, each value in the bytes of its column's character set. */
  async queryRaw(
    sql: string,
    signal: AbortSignal,
  ): Promise<readonly (readonly (Buffer | null)[])[]> {
    return await this.#exclusively({ sql, signal }, async () => {
      const rows: (Buffer | null)[][] = [];
      for await (const batch of this.#results(sql)) {
        for (const packet of batch) rows.push(readRow(packet));
      }
      return rows;
    });
  }

  /** The single row of a statement that always has one. */
  async queryOne(
    sql: string,
    signal: AbortSignal,
  ): Promise<readonly (string | null)[]> {
    const [row] = await this.query(sql, signal);
    if (row === undefined) throw new Error(`no row from: ${sql}`);
    return row;
  }

  /** A statement without rows; as bytes, where they are in another character set than ours. */
  async run(sql: string | Uint8Array, signal: AbortSignal): Promise<Done> {
    return await this.#exclusively({ sql, signal }, async () => {
      const results = this.#results(sql);
      for (;;) {
        const next = await results.next();
        if (next.done === true) return next.value;
      }
    });
  }

  /**
   * Rows as the text protocol's packets have them: for each column a length-encoded text, or fb for NULL. No more are read from the
   * server than are taken.
   */
  async *rows(
    sql: string,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Uint8Array[], void, undefined> {
    yield* this.#streaming({ sql, signal }, () => this.#results(sql));
  }

  /**
   * LOAD DATA LOCAL INFILE, whatever file `sql` names: the server gets `body`, and nothing of this machine. In a transaction, because
   * what a server that lost us makes of half a file is for it to say.
   */
  async load(
    sql: string,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<Done> {
    return await this.#exclusively({ sql, signal }, async () => {
      await this.#send(COM_QUERY, sql);
      const packet = await this.#next();
      if (packet[0] !== LOCAL_INFILE) return readOk(packet);
      try {
        for await (const chunk of body) {
          if (chunk.length > 0) await this.#channel.send(chunk);
        }
      } catch (error) {
        // An end of the file here would have the half of it loaded.
        this.#channel.destroy();
        throw error;
      }
      await this.#channel.send(Buffer.alloc(0));
      return readOk(await this.#next());
    });
  }

  /** A command of the protocol that is answered with OK. */
  async command(payload: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#exclusively({ signal }, async () => {
      await this.#channel.sendCommand(payload);
      await this.#next();
    });
  }

  /**
   * A command that is answered with packets until EOF, as COM_BINLOG_DUMP is: each of them whole, its first byte included. An ERR
   * packet is thrown.
   */
  async *stream(
    payload: Uint8Array,
    signal: AbortSignal,
  ): AsyncGenerator<PacketRun, void, undefined> {
    yield* this.#streaming({ signal }, () => this.#answers(payload));
  }

  /** Called once, when the connection has ended by whosever doing. */
  onEnd(listener: () => void): void {
    this.#channel.onEnd(listener);
  }

  /** Cuts the line at once; a statement that waits fails. */
  destroy(): void {
    this.#channel.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#killed;
    if (this.#isBusy) this.#channel.destroy();
    else await this.#channel.close(COM_QUIT, CLOSE_PATIENCE_MS);
  }

  async *#streaming<Batch>(
    work: Work,
    open: () => AsyncGenerator<Batch, unknown, undefined>,
  ): AsyncGenerator<Batch, void, undefined> {
    const end = this.#begin(work);
    let isRead = false;
    try {
      yield* open();
      isRead = true;
    } catch (error) {
      isRead = serverAnswered(error);
      throw await this.#translate(error, work);
    } finally {
      // The rest would come before the next answer.
      if (!isRead) this.#channel.destroy();
      end();
    }
  }

  async #exclusively<T>(work: Work, run: () => Promise<T>): Promise<T> {
    const end = this.#begin(work);
    try {
      return await run();
    } catch (error) {
      throw await this.#translate(error, work);
    } finally {
      end();
    }
  }

  #begin({ signal }: Work): () => void {
    signal.throwIfAborted();
    if (this.#isBusy) throw new Error("one statement at a time");
    this.#isBusy = true;
    const onAbort = () => void (this.#killed ??= this.#kill());
    signal.addEventListener("abort", onAbort, { once: true });
    return () => {
      this.#isBusy = false;
      signal.removeEventListener("abort", onAbort);
    };
  }

  async #translate(error: unknown, { sql, signal }: Work): Promise<unknown> {
    await this.#killed;
    if (signal.aborted) return signal.reason;
    return translateError(error, this.#label, sql?.toString());
  }

  /** A cut line alone leaves a statement at work that says nothing, as ALTER TABLE or GET_LOCK. */
  async #kill(): Promise<void> {
    const patience = AbortSignal.timeout(KILL_PATIENCE_MS);
    try {
      if (this.id === "") return;
      const channel = await openChannel(this.#address, "kill", patience);
      const killer = new MysqlConnection(this.#address, channel, UNKNOWN);
      await killer.run(`KILL ${this.id}`, patience);
      channel.destroy();
    } catch {
      // Then it ends when the server next speaks to us.
    } finally {
      this.#channel.destroy();
    }
  }

  async #send(command: Buffer, sql: string | Uint8Array): Promise<void> {
    this.#packets = [];
    const text = typeof sql === "string" ? Buffer.from(sql) : sql;
    await this.#channel.sendCommand(Buffer.concat([command, text]));
  }

  /** The next packet; an ERR is thrown. */
  async #next(): Promise<Buffer> {
    if (this.#packets.length === 0) {
      this.#packets = await this.#channel.receive();
    }
    const packet = this.#packets.shift();
    if (packet === undefined) throw new Error("no packet");
    if (isError(packet)) throw readError(packet);
    return packet;
  }

  /** Batches of row packets of every result of the statement; returns what the last of them did. */
  async *#results(
    sql: string | Uint8Array,
  ): AsyncGenerator<readonly Buffer[], OkAnswer, undefined> {
    await this.#send(COM_QUERY, sql);
    for (;;) {
      const first = await this.#next();
      const answer =
        first[0] === OK ? readOk(first) : yield* this.#rowsAfter(first);
      if (!answer.moreResults) return answer;
    }
  }

  async *#rowsAfter(
    header: Buffer,
  ): AsyncGenerator<readonly Buffer[], OkAnswer, undefined> {
    if (header[0] === LOCAL_INFILE) {
      this.#channel.destroy();
      throw new TidemarkError(
        "SERVER_UNREACHABLE",
        `${this.#label}: the server asks for a file that no statement of ours names`,
        { hint: "do not trust this server" },
      );
    }
    // Descriptions of columns, and an EOF: whoever asked knows what it asked for.
    const columns = readLength(header, 0).length;
    for (let skipped = 0; skipped <= columns; skipped++) await this.#next();
    for (;;) {
      if (this.#packets.length === 0) {
        this.#packets = await this.#channel.receive();
      }
      const end = this.#packets.findIndex((p) => isEof(p) || isError(p));
      const rows = end < 0 ? this.#packets.length : end;
      if (rows > 0) yield this.#packets.splice(0, rows);
      if (end >= 0) return readEof(await this.#next());
    }
  }

  async *#answers(
    payload: Uint8Array,
  ): AsyncGenerator<PacketRun, void, undefined> {
    this.#packets = [];
    await this.#channel.sendCommand(payload);
    for (;;) {
      for (const run of await this.#channel.receiveRuns()) {
        const end = run.takeEnd();
        if (run.length > 0) yield run;
        if (end === undefined) continue;
        if (isError(end)) throw readError(end);
        return;
      }
    }
  }
}

interface Work {
  readonly sql?: string | Uint8Array;
  readonly signal: AbortSignal;
}

interface Greeting {
  readonly flavour: Flavour;
  readonly version: string;
  readonly id: string;
}

const UNKNOWN: Greeting = { flavour: "mysql", version: "", id: "" };

async function openChannel(
  address: MysqlAddress,
  name: string,
  signal: AbortSignal,
): Promise<PacketChannel> {
  try {
    return new PacketChannel(await logIn(address, name, signal));
  } catch (error) {
    if (signal.aborted) throw error;
    throw translateError(error, describeAddress(address));
  }
}

function parseGreeting(row: readonly (string | null)[] | undefined): Greeting {
  const [text, id] = row ?? [];
  // `10.11.14-MariaDB-0+deb12u2`, `8.0.43-34 (Percona)`; what stands before the number is for old replicas of MariaDB.
  const version = /^(?:5\.5\.5-)?(\d+\.\d+\.\d+)/.exec(text ?? "")?.[1];
  if (text == null || id == null || version === undefined) {
    throw new TidemarkError(
      "SERVER_UNREACHABLE",
      `a server of version ${text}`,
    );
  }
  return { flavour: /mariadb/i.test(text) ? "mariadb" : "mysql", version, id };
}

/** Its answer is complete, and the next statement can come. */
function serverAnswered(error: unknown): boolean {
  return error instanceof ServerError;
}

/** `host:port` and the database where there is one, never with a password. */
export function describeAddress(address: MysqlAddress): string {
  const { host, port, database } = address;
  const server = host.startsWith("/") ? host : `${host}:${port}`;
  return database === undefined ? server : `${server}/${database}`;
}
