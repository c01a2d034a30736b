import { failpointOf, processEnvironment } from "../config/load-config.ts";
import type { Environment } from "../config/environment.ts";
import { systemClock } from "../platform/clock.ts";
import { installFailpoint } from "../platform/failpoints.ts";
import { colorsFor } from "./colors.ts";
import { dieAt } from "./die-at.ts";
import { COMMANDS } from "./program.ts";
import { describeError, formatError } from "./report-error.ts";
import { runProgram } from "./run-program.ts";
import { abortOnSignals } from "./signals.ts";

type Exit = (exitCode: number) => never;

/** Runs the command line of a process; resolves with its exit code once everything is written. */
export async function start(
  process: NodeJS.Process,
  exit: Exit,
): Promise<number> {
  const env = processEnvironment();
  watchForTheWorst(process, exit);
  const signal = abortOnSignals(process, exit);
  try {
    installFailpointOf(process, env);
  } catch (error) {
    return lastWord(process, error);
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
      commands: COMMANDS,
    },
    signal,
  );
  // What is still buffered for a slow reader is written before the process ends.
  await new Promise((resolve) => process.stdout.write("", resolve));
  return exitCode;
}

function watchForTheWorst(process: NodeJS.Process, exit: Exit): void {
  // After an error that nothing caught the state of the process is unknown, so it ends.
  const fail = (error: unknown) => exit(lastWord(process, error));
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // `tidemark log | head`: the reader has left with what it wanted. 128 + SIGPIPE, as any other program.
    if (error.code === "EPIPE") exit(141);
    fail(error);
  });
  // A reader of stderr that left takes nothing from the work.
  process.stderr.on("error", () => undefined);
}

function lastWord(process: NodeJS.Process, error: unknown): number {
  const colors = colorsFor(process.stderr, processEnvironment());
  process.stderr.write(formatError(error, { colors, verbose: true }));
  return describeError(error).exitCode;
}

function installFailpointOf(process: NodeJS.Process, env: Environment): void {
  const failpoint = failpointOf(env);
  if (failpoint === undefined) return;
  process.stderr.write(
    `WARNING: TIDEMARK_FAILPOINT is set: this process kills itself at pass ${failpoint.hit} of ${failpoint.name}\n`,
  );
  installFailpoint(dieAt(failpoint));
}
