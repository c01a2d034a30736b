/** What is killed and comes back on the same port, with everything that it had made durable. */
export interface MortalServer {
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** A server that is killed, or cut off, under those who use it. */
export class LivingServer {
  private readonly server: MortalServer;
  private away = 0;
  private up: Promise<void> = Promise.resolve();

  constructor(server: MortalServer) {
    this.server = server;
  }

  /** How often it was away. */
  get absences(): number {
    return this.away;
  }

  /** Resolves when it is there again, or at once. */
  get whenUp(): Promise<void> {
    return this.up;
  }

  /** SIGKILL to all of it, and up again. */
  killAndStart(): Promise<void> {
    return this.whileAway(async () => {
      await this.server.kill();
      await this.server.start();
    });
  }

  /** It is not there from the beginning of that to its end. */
  async whileAway(absence: () => Promise<void>): Promise<void> {
    this.away++;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.up = promise;
    try {
      await absence();
    } finally {
      resolve();
    }
  }

  /** Work that is begun again when the server went away under it; any other failure stands. */
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
    const before = this.away;
    try {
      return { kind: "done", result: await work() };
    } catch (error) {
      if (before === this.away) throw error;
      return { kind: "server died" };
    }
  }
}
