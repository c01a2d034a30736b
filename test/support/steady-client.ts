import type { TestClient } from "./postgres-client.ts";

/** One connection for many questions, opened again after its server went away. */
export class SteadyClient implements AsyncDisposable {
  private readonly open: () => Promise<TestClient>;
  private client: TestClient | undefined;

  constructor(open: () => Promise<TestClient>) {
    this.open = open;
  }

  async query<Row>(sql: string): Promise<readonly Row[]> {
    const client = this.client ?? (await this.open());
    if (this.client === undefined) {
      this.client = client;
      client.once("end", () => {
        if (this.client === client) this.client = undefined;
      });
    }
    const { rows } = await client.query<Row & Record<string, unknown>>(sql);
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client?.end();
  }
}
