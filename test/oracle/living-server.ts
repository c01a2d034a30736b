import type { TestPostgres } from "../support/postgres.ts";
import type { TestClient } from "../support/postgres-client.ts";

/** A database of a server that is killed under those who use it. */
export class LivingServer {
  readonly server: TestPostgres;
  readonly database: string;
  private deaths = 0;
  private up: Promise<void> = Promise.resolve();

  constructor(server: TestPostgres, database: string) {
    this.server = server;
    this.database = database;
  }

  get url(): string {
    return this.server.url(this.database);
  }

  /** How often it was killed. */
  get kills(): number {
    return this.deaths;
  }

  connect(options?: { readonly replication?: boolean }): Promise<TestClient> {
    return this.server.connect(this.database, options);
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
