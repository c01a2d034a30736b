/**
 * Runs up to `depth` jobs at once and yields their results in the order of the jobs. A job that fails ends the sequence at
 * its turn. Leaving early waits for the jobs that run, so that nothing they use is closed under them.
 */
export async function* lookAhead<T>(
  jobs: AsyncIterable<() => Promise<T>> | Iterable<() => Promise<T>>,
  depth: number,
): AsyncGenerator<T, void, undefined> {
  const running: Promise<T>[] = [];
  try {
    for await (const job of jobs) {
      const result = job();
      result.catch(() => undefined); // seen at its turn
      running.push(result);
      if (running.length >= depth) yield await first(running);
    }
    while (running.length > 0) yield await first(running);
  } finally {
    await Promise.allSettled(running);
  }
}

async function first<T>(running: Promise<T>[]): Promise<T> {
  const result = await (running[0] as Promise<T>);
  void running.shift();
  return result;
}
