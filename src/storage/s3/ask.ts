import { sleep } from "../../platform/sleep.ts";
import { answerOf } from "./s3-answer.ts";
import { s3Error, type Doing } from "./s3-error.ts";
import type { Patience, S3Place } from "./s3-place.ts";

export interface Asked<T> extends Doing {
  /** One request; it may come several times, so it must not matter how often. */
  readonly send: (how: { readonly abortSignal: AbortSignal }) => Promise<T>;
}

/**
 * Asks until there is an answer. The client's own retries are off: only who knows what is asked can tell what a second time means, and
 * a create counts differently (send-create.ts). An abort throws the signal's reason.
 */
export async function ask<T>(
  place: S3Place,
  asked: Asked<T>,
  signal: AbortSignal,
): Promise<T> {
  const sinceMs = performance.now();
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      return await asked.send({ abortSignal: signal });
    } catch (error) {
      signal.throwIfAborted();
      const answer = answerOf(error);
      const again = answer === "unsure" || answer === "conflict";
      if (!again || isEnough(place.patience, { tries, sinceMs })) {
        throw s3Error(error, place, asked);
      }
    }
    await sleep(delayMs(place.patience, tries), signal);
  }
}

export function isEnough(
  { tries, giveUpMs }: Patience,
  done: { readonly tries: number; readonly sinceMs: number },
): boolean {
  return done.tries >= tries || performance.now() - done.sinceMs >= giveUpMs;
}

/** Between a half and the whole of what is due, so that many who were cut off do not come back at once. */
export function delayMs(patience: Patience, tries: number): number {
  const dueMs = patience.retryDelayMs * 2 ** (tries - 1);
  return (dueMs / 2) * (1 + Math.random());
}
