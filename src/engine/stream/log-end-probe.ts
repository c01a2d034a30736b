interface ProbeConnection extends AsyncDisposable {
  /** Cuts the line at once. */
  destroy(): void;
}

/** How an engine is asked where its log ends. */
export interface LogEndQuestion<Connection extends ProbeConnection, End> {
  open(signal: AbortSignal): Promise<Connection>;
  ask(connection: Connection, signal: AbortSignal): Promise<End>;
}

/**
 * Asks the server where its log ends, on a connection of its own: the stream cannot tell. What it sends beside something has the clock of
 * now and a place that during a backlog is an hour old, or comes only when something is written.
 */
export class LogEndProbe<
  Connection extends ProbeConnection,
  End,
> implements AsyncDisposable {
  private readonly question: LogEndQuestion<Connection, End>;
  private readonly stop = new AbortController();
  private connection: Connection | undefined;
  private asking: Promise<End> | undefined;

  constructor(question: LogEndQuestion<Connection, End>) {
    this.question = question;
  }

  /**
   * undefined when there is no answer, or none yet to the question before: a server that is gone ends the stream too, which says
   * so, and what it sends until then is not given up for a question.
   */
  async ask(): Promise<End | undefined> {
    if (this.asking !== undefined || this.stop.signal.aborted) return undefined;
    this.asking = this.query();
    try {
      return await this.asking;
    } catch {
      await this.close();
      return undefined;
    } finally {
      this.asking = undefined;
    }
  }

  private async query(): Promise<End> {
    const { signal } = this.stop;
    this.connection ??= await this.question.open(signal);
    return await this.question.ask(this.connection, signal);
  }

  private async close(): Promise<void> {
    const { connection } = this;
    this.connection = undefined;
    await connection?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    this.connection?.destroy();
    await this.asking?.catch(() => undefined);
    await this.close();
  }
}
