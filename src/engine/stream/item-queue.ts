import type { SourceItem } from "../change-source.ts";

/** What an item costs beside its changes' bytes, as records are made of it too: small ones take more than their changes. */
const ITEM_BYTES = 1024;

/**
 * Between the socket, which cannot wait, and the reader, which can: bounded by pausing the socket above `highBytes` until the
 * reader has taken everything.
 */
export class ItemQueue {
  private items: SourceItem[] = [];
  private bytes = 0;
  private failure: { readonly error: unknown } | undefined;
  private wake: (() => void) | undefined;
  private waiting: PromiseWithResolvers<void> | undefined;
  private readonly highBytes: number;
  /** Called with true when the queue is full and with false when it was emptied. */
  onPressure: (full: boolean) => void = () => undefined;

  constructor(highBytes: number) {
    this.highBytes = highBytes;
  }

  push(item: SourceItem): void {
    this.items.push(item);
    const before = this.bytes;
    this.bytes +=
      ITEM_BYTES + (item.kind === "part" ? item.items.bytes.length : 0);
    if (before < this.highBytes && this.bytes >= this.highBytes)
      this.onPressure(true);
    this.wake?.();
  }

  /** For whoever can wait: resolves once there is room, or the queue is not read any more; undefined: there is. */
  room(): Promise<void> | undefined {
    if (this.bytes < this.highBytes || this.failure !== undefined)
      return undefined;
    this.waiting ??= Promise.withResolvers<void>();
    return this.waiting.promise;
  }

  /** What was pushed before is still given out; then the error is thrown. */
  fail(error: unknown): void {
    this.failure ??= { error };
    this.wake?.();
    this.letIn();
  }

  /** Everything there is; waits for the first item. */
  async take(signal: AbortSignal): Promise<readonly SourceItem[]> {
    while (this.items.length === 0) {
      signal.throwIfAborted();
      if (this.failure !== undefined) throw this.failure.error;
      await this.wait(signal);
    }
    const taken = this.items;
    const wasFull = this.bytes >= this.highBytes;
    this.items = [];
    this.bytes = 0;
    if (wasFull) this.onPressure(false);
    this.letIn();
    return taken;
  }

  private letIn(): void {
    this.waiting?.resolve();
    this.waiting = undefined;
  }

  private async wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.wake = resolve;
    const onAbort = () => resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      this.wake = undefined;
      signal.removeEventListener("abort", onAbort);
    }
  }
}
