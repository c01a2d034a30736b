import { sleep } from "../../platform/sleep.ts";

/** One who uses a service: acts, waits a moment, acts again. */
export interface TrafficClient {
  act(): Promise<void>;
}

const PAUSE_MS = 15;

/** Clients at work until this is disposed of; `stop` also throws what went wrong with one of them. */
export class Traffic implements AsyncDisposable {
  private readonly ending = new AbortController();
  private readonly loops: Promise<unknown>;
  private acts = 0;

  constructor(clients: readonly TrafficClient[]) {
    this.loops = Promise.all(clients.map((client) => this.loop(client)));
    // Heard in `stop`; until then it is no unhandled rejection.
    this.loops.catch(() => undefined);
  }

  /** Transactions so far. */
  get count(): number {
    return this.acts;
  }

  /** Lets the clients work for a while; throws at once when one of them fails. */
  async runFor(ms: number, signal: AbortSignal): Promise<void> {
    await Promise.race([sleep(ms, signal), this.loops]);
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.loops;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ending.abort();
    // An error that was not asked for with `stop` is not the first one: that one is being thrown already.
    await this.loops.catch(() => undefined);
  }

  private async loop(client: TrafficClient): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await client.act();
      this.acts += 1;
      await sleep(PAUSE_MS, signal).catch(() => undefined);
    }
  }
}
