/** Items of an async iterable, or nothing when none came in time: the pending item is not lost, the next call gets it. */
export class Ticker<T> implements AsyncDisposable {
  private readonly stop = new AbortController();
  private readonly iterator: AsyncIterator<T>;
  private pending: Promise<IteratorResult<T>> | undefined;

  constructor(
    open: (signal: AbortSignal) => AsyncIterable<T>,
    signal: AbortSignal,
  ) {
    const either = AbortSignal.any([signal, this.stop.signal]);
    this.iterator = open(either)[Symbol.asyncIterator]();
  }

  /** Throws what the iterable throws, and when it ends: these never end by themselves. */
  async next(withinMs: number): Promise<T | undefined> {
    if (this.pending === undefined) {
      this.pending = this.iterator.next();
      // It may fail while nobody waits: the next call throws it.
      this.pending.catch(() => undefined);
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, withinMs, undefined);
    });
    try {
      const result = await Promise.race([this.pending, late]);
      if (result === undefined) return undefined;
      this.pending = undefined;
      if (result.done) throw new Error("the stream ended");
      return result.value;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.pending?.catch(() => undefined);
    await this.iterator.return?.();
  }
}
