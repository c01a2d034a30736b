export interface Lease<Connection> {
  readonly connection: Connection;
  /** `reusable`: its session is as it was; otherwise the connection ends. */
  release(reusable: boolean): Promise<void>;
}

/** At most `size` connections at once; whoever asks for more waits. Those that are idle are used before another is opened. */
export class ConnectionPool<
  Connection extends AsyncDisposable,
> implements AsyncDisposable {
  private readonly open: (signal: AbortSignal) => Promise<Connection>;
  private readonly idle: Connection[] = [];
  private readonly waiting: (() => void)[] = [];
  private free: number;

  constructor(options: {
    readonly size: number;
    readonly open: (signal: AbortSignal) => Promise<Connection>;
  }) {
    this.open = options.open;
    this.free = options.size;
  }

  async lease(signal: AbortSignal): Promise<Lease<Connection>> {
    signal.throwIfAborted();
    if (this.free === 0) await this.turn(signal);
    else this.free--;
    try {
      const connection = this.idle.pop() ?? (await this.open(signal));
      return {
        connection,
        release: (reusable) => this.release(connection, reusable),
      };
    } catch (error) {
      this.next();
      throw error;
    }
  }

  async use<T>(
    signal: AbortSignal,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const lease = await this.lease(signal);
    let whole = false;
    try {
      const result = await work(lease.connection);
      whole = true;
      return result;
    } finally {
      await lease.release(whole);
    }
  }

  private async turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      const at = this.waiting.indexOf(resolve);
      if (at !== -1) this.waiting.splice(at, 1);
      reject(signal.reason as Error);
    };
    this.waiting.push(resolve);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  private async release(
    connection: Connection,
    reusable: boolean,
  ): Promise<void> {
    if (reusable) this.idle.push(connection);
    else await connection[Symbol.asyncDispose]();
    this.next();
  }

  private next(): void {
    const waiting = this.waiting.shift();
    if (waiting === undefined) this.free++;
    else waiting();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.idle
        .splice(0)
        .map((connection) => connection[Symbol.asyncDispose]()),
    );
  }
}
