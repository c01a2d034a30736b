/** Runs all until one throws or returns; then stops the others and waits for them. */
export async function untilOneEnds(
  signal: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const running = works.map((work) => work(both));
  try {
    await Promise.race(running);
  } finally {
    stop.abort();
    await Promise.allSettled(running);
  }
}
