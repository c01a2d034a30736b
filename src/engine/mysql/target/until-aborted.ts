/** What `items` gives until the signal aborts, also while the next one is waited for; then its reason is thrown. */
export async function* untilAborted<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => undefined);
  const stop = () => reject(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  const iterator = items[Symbol.asyncIterator]();
  let isOver = false;
  try {
    signal.throwIfAborted();
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done === true) {
        isOver = true;
        return;
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // One that waits for ever is not waited for.
    if (!isOver) void iterator.return?.();
  }
}
