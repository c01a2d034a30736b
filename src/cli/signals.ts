import { TidemarkError } from "../core/errors.ts";

/** Aborts at the first SIGINT or SIGTERM; the second one is the user's impatience and goes to `force`. */
export function abortOnSignals(
  process: NodeJS.Process,
  force: (exitCode: number) => void,
): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) {
        force(name === "SIGTERM" ? 143 : 130);
        return;
      }
      controller.abort(
        new TidemarkError("CANCELLED", `stopped by ${name}`, {
          details: { signal: name },
        }),
      );
    });
  }
  return controller.signal;
}
