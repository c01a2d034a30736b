import { TidemarkError } from "../../core/errors.ts";

/** The signal, and an end to waiting: somebody who waits for ever learns nothing. */
export function withPatience(signal: AbortSignal, ms: number): AbortSignal {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(
      new TidemarkError(
        "INTERNAL",
        `nothing came for ${ms / 1000} s: something hangs, or this machine is far too slow`,
        { hint: "`tidemark demo --keep` keeps the logs" },
      ),
    );
  }, ms);
  timer.unref();
  return AbortSignal.any([signal, late.signal]);
}
