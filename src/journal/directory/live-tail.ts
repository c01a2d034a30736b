import type { JournalHead } from "../journal.ts";

/** How far the writer in this process has come; everything before `end` of file `number` is durable. */
export interface Tail {
  readonly history: number;
  /** The newest file, named by its first frame. */
  readonly number: number;
  readonly end: number;
  readonly head: JournalHead;
}

/** Between a source's writer and its readers in one process: the durable end, and a wake-up without polling. */
export class LiveTail {
  /** Undefined while this process has no writer of this source, or it was never begun. */
  tail: Tail | undefined;
  /** Read it before looking at files; `changed` then misses nothing that came since. */
  version = 0;
  private readonly waiters = new Set<() => void>();

  publish(tail: Tail | undefined): void {
    this.tail = tail;
    this.version++;
    for (const wake of this.waiters) wake();
  }

  /** Resolves after the next `publish` that follows version `seen`, or after `pollMs`. Rejects when the signal aborts. */
  changed(
    seen: number,
    pollMs: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    if (seen !== this.version) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer =
        pollMs === undefined ? undefined : setTimeout(() => wake(), pollMs);
      const settle = () => {
        clearTimeout(timer);
        this.waiters.delete(wake);
        signal.removeEventListener("abort", abort);
      };
      const wake = () => {
        settle();
        resolve();
      };
      const abort = () => {
        settle();
        reject(signal.reason as Error);
      };
      this.waiters.add(wake);
      signal.addEventListener("abort", abort);
    });
  }
}
