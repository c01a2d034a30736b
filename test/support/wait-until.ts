import { setTimeout as delay } from "node:timers/promises";

/** Waits for a condition, asking often; fails with its name after a time that only a broken program needs. */
export async function waitUntil(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patienceMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`never: ${what}`);
    await delay(10);
  }
}
