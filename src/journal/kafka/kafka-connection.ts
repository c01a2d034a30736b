import { untilAborted } from "./until-aborted.ts";

/** What kafkajs connects and disconnects. */
interface Connected {
  disconnect(): Promise<void>;
}

/**
 * One client of kafkajs and the work that waits for its answers. When the work is given up, the answer may come or not: the
 * client waits for it before it disconnects, and nobody waits for the client.
 */
export class KafkaConnection implements AsyncDisposable {
  private readonly client: Connected;
  private abandoned = false;

  constructor(client: Connected) {
    this.client = client;
  }

  async wait<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
    try {
      return await untilAborted(signal, work);
    } catch (error) {
      this.abandoned ||= signal.aborted;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.client.disconnect();
    if (!this.abandoned) return closing;
    // Nobody is told of what it meets: its work was given up.
    closing.catch(() => undefined);
  }
}
