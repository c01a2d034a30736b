import { dieAt } from "./cli/die-at.ts";
import { colorsFor } from "./cli/colors.ts";
import { describeError, formatError } from "./cli/report-error.ts";
import { runProgram } from "./cli/run-program.ts";
import { abortOnSignals } from "./cli/signals.ts";
import { failpointOf, processEnvironment } from "./config/load-config.ts";
import { systemClock } from "./platform/clock.ts";
import { installFailpoint } from "./platform/failpoints.ts";

const env = processEnvironment();

/** The last word on an error that nothing caught; after it the state of the process is unknown, so it ends. */
function fail(error: unknown): never {
  const colors = colorsFor(process.stderr, env);
  process.stderr.write(formatError(error, { colors, verbose: true }));
  process.exit(describeError(error).exitCode);
}

process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
// `tidemark log | head`: the reader has left, and what it wanted is done. 128 + SIGPIPE, as for any other program.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(141);
  fail(error);
});

// A reader of stderr that left takes nothing from the work.
process.stderr.on("error", () => undefined);

const signal = abortOnSignals(process, (exitCode) => process.exit(exitCode));

try {
  const failpoint = failpointOf(env);
  if (failpoint !== undefined) {
    process.stderr.write(
      `WARNING: TIDEMARK_FAILPOINT is set: this process will kill itself at pass ${failpoint.hit} of ${failpoint.name}\n`,
    );
    installFailpoint(dieAt(failpoint));
  }
} catch (error) {
  fail(error);
}

const exitCode = await runProgram(
  {
    argv: process.argv.slice(2),
    env,
    streams: {
      stdin: () => process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
    },
    clock: systemClock,
  },
  signal,
);

// What is still buffered for a slow reader is written before the process ends.
await new Promise((resolve) => process.stdout.write("", resolve));
process.exit(exitCode);
