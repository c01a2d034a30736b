/** Settles as the work does, or rejects with the signal's reason when it aborts first. */
export async function untilAborted<T>(
  signal: AbortSignal,
  work: Promise<T>,
): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason as Error);
  // Whichever comes second has nobody who waits for it, and must not end the process.
  aborted.promise.catch(() => undefined);
  work.catch(() => undefined);
  signal.addEventListener("abort", abort);
  try {
    if (signal.aborted) abort();
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
