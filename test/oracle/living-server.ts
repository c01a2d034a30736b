/** What is killed and comes back on the same port, with everything that it had made durable. */
export interface MortalServer {
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** A server that is killed under those who use it. */
export class LivingServer {
  private readonly server: MortalServer;
  private deaths = 0;
  private up: Promise<void> = Promise.resolve();

  constructor(server: MortalServer) {
    this.server = server;
  }

  /** How often it was killed. */
  get kills(): number {
    return this.deaths;
  }

  /** SIGKILL to all of it, and up again. */
  async killAndStart(): Promise<void> {
    this.deaths++;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.up = promise;
    try {
      await this.server.kill();
      await this.server.start();
    } finally {
      resolve();
    }
  }

  /** Work that is begun again when the server died under it; any other failure stands. */
  async survive<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const attempt = await this.attempt(work);
      if (attempt.kind === "done") return attempt.result;
    }
  }

  /** Once, on a server that is up when it begins. */
  async attempt<T>(
    work: () => Promise<T>,
  ): Promise<{ kind: "done"; result: T } | { kind: "server died" }> {
    await this.up;
    const deaths = this.deaths;
    try {
      return { kind: "done", result: await work() };
    } catch (error) {
      if (deaths === this.deaths) throw error;
      return { kind: "server died" };
    }
  }
}
