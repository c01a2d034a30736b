import { hasCode } from "../../../core/errors.ts";
import { MysqlConnection, type MysqlAddress } from "../connection.ts";
import { serverErrno } from "../errors.ts";
import { quoteQualified } from "../quote.ts";
import { tableRows, type ReadTable } from "../table-rows.ts";

/** ER_QUERY_INTERRUPTED */
const INTERRUPTED = 1317;

/**
 * A session whose transaction is a snapshot that no other session can enter: whoever stops a copy must not lose it. So the statement is
 * killed and not the session, and what it has sent already is read to its end.
 */
export class CopySession implements AsyncDisposable {
  private readonly address: MysqlAddress;
  private readonly connection: MysqlConnection;
  /** Nothing of the snapshot is to end with one copy's signal. */
  private readonly life = new AbortController().signal;

  constructor(address: MysqlAddress, connection: MysqlConnection) {
    this.address = address;
    this.connection = connection;
  }

  /** Holds the table's definition as long as the rows are read, and no longer: behind it DDL waits, and everybody behind that. */
  async *rows(table: ReadTable, signal: AbortSignal): AsyncGenerator<Buffer> {
    const { connection, life } = this;
    signal.throwIfAborted();
    await connection.run("SAVEPOINT before_copy", life);
    const chunks = tableRows(connection, table, life);
    const stopped = Promise.withResolvers<void>();
    let interrupting: Promise<void> | undefined;
    const interrupt = () => {
      interrupting ??= this.interrupt();
      interrupting.then(stopped.resolve, stopped.reject);
    };
    signal.addEventListener("abort", interrupt, { once: true });
    let isOver = false;
    try {
      for (;;) {
        const next = await chunks.next();
        isOver = next.done === true;
        signal.throwIfAborted();
        if (next.done === true) return;
        yield next.value;
      }
    } catch (error) {
      // An error of the statement is its end; what is thrown because of the signal is not.
      isOver ||= !signal.aborted || serverErrno(error) !== undefined;
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", interrupt);
      if (!isOver) interrupt();
      if (interrupting !== undefined) await stopped.promise;
      if (!isOver) await drain(chunks);
      if (interrupting !== undefined) await this.absorbKill();
      await connection.run("ROLLBACK TO SAVEPOINT before_copy", life);
    }
  }

  /** Throws what a copy of it would throw now. */
  async touch(table: {
    readonly namespace: string;
    readonly name: string;
  }): Promise<void> {
    const { connection, life } = this;
    await connection.run("SAVEPOINT before_copy", life);
    try {
      await connection.query(
        `SELECT 1 FROM ${quoteQualified(table.namespace, table.name)} LIMIT 1`,
        life,
      );
    } finally {
      await connection.run("ROLLBACK TO SAVEPOINT before_copy", life);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.connection[Symbol.asyncDispose]();
  }

  private async interrupt(): Promise<void> {
    await using other = await MysqlConnection.open(
      this.address,
      { name: "base" },
      this.life,
    );
    await other.run(`KILL QUERY ${this.connection.id}`, this.life);
  }

  /** One that came behind the end of its statement may meet the next. */
  private async absorbKill(): Promise<void> {
    try {
      await this.connection.run("DO 0", this.life);
    } catch (error) {
      if (serverErrno(error) !== INTERRUPTED) throw error;
    }
  }
}

async function drain(chunks: AsyncGenerator<Buffer>): Promise<void> {
  try {
    while ((await chunks.next()).done !== true);
  } catch (error) {
    // That it was killed.
    if (!hasCode(error, "STATEMENT_FAILED")) throw error;
  }
}
