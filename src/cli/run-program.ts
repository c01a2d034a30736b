import type { Command } from "commander";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/environment.ts";
import { DEFAULT_CONFIG_PATH, loadConfig } from "../config/load-config.ts";
import { hasCode } from "../core/errors.ts";
import type { Clock } from "../platform/clock.ts";
import { silentLogger, type Logger } from "../platform/logger.ts";
import { colorsFor } from "./colors.ts";
import type { AnswerExitCode, CommandContext } from "./context.ts";
import { createOutput } from "./output.ts";
import { buildProgram, type DefineCommand } from "./program.ts";
import { createPrompt } from "./prompt.ts";
import { describeError, errorDocument, formatError } from "./report-error.ts";
import { StatusLine } from "./status-line.ts";
import type { Streams } from "./streams.ts";
import { isCommanderError, translateCommanderError } from "./usage-error.ts";
import { readVersion } from "./version.ts";

export interface Invocation {
  /** Without the interpreter and the program. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly commands: readonly DefineCommand[];
}

/** What is known only once the command line is parsed, or the command has run. */
interface ProgramState {
  command: string;
  configPath: string;
  logger: Logger;
  exitCode: AnswerExitCode;
  config: Promise<Config> | undefined;
}

/** Parses a command line, runs its command and reports how that ended. Resolves with the exit code, never rejects. */
export async function runProgram(
  invocation: Invocation,
  signal: AbortSignal,
): Promise<number> {
  const { argv, env, streams, clock } = invocation;
  // Known before parsing, because a parse error must be reported in the right form too.
  const json = hasFlag(argv, "--json");
  const verbose = hasFlag(argv, "--verbose");
  const status = new StatusLine(streams.stderr);
  const state: ProgramState = {
    command: "tidemark",
    configPath: DEFAULT_CONFIG_PATH,
    logger: silentLogger,
    exitCode: 0,
    config: undefined,
  };
  const context: CommandContext = {
    config: () =>
      (state.config ??= loadConfig({ path: state.configPath, env })),
    get configPath() {
      return state.configPath;
    },
    get logger() {
      return state.logger;
    },
    output: createOutput({
      command: () => state.command,
      stdout: streams.stdout,
      json,
      status,
      env,
      clock,
    }),
    prompt: createPrompt({ stdin: streams.stdin, status, json }),
    version: readVersion(),
    signal,
    env,
    clock,
    exitWith: (code) => void (state.exitCode = code),
  };
  const program = buildProgram({
    commands: invocation.commands,
    context,
    writeOut: (text) => void streams.stdout.write(text),
    writeErr: (text) => status.write(text),
    beforeAction: async (command, options) => {
      state.command = command;
      state.configPath = options.config;
      // Loaded here and not above: `--help` does not log.
      const { createLogger } = await import("../platform/pino-logger.ts");
      state.logger = createLogger({
        level: options.verbose === true ? "debug" : "info",
        pretty: status.isTerminal,
        write: (line) => status.write(line),
      });
    },
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return state.exitCode;
  } catch (thrown) {
    const error = translate(thrown, signal);
    if (error === "printed") return 0;
    // What the command line itself is refused for comes before its command.
    if (hasCode(error, "USAGE", "NOT_IN_THIS_VERSION"))
      state.command = commandIn(argv, program);
    status.show("");
    status.write(
      formatError(error, { colors: colorsFor(streams.stderr, env), verbose }),
    );
    if (json) streams.stdout.write(errorDocument(state.command, error));
    return describeError(error).exitCode;
  }
}

function translate(thrown: unknown, signal: AbortSignal): unknown {
  if (isCommanderError(thrown)) return translateCommanderError(thrown);
  // Whatever a driver says when it is aborted, what happened is the signal. A real failure meanwhile stays what it is.
  return signal.aborted && isAbort(thrown, signal)
    ? (signal.reason as unknown)
    : thrown;
}

function isAbort(thrown: unknown, signal: AbortSignal): boolean {
  return (
    thrown === signal.reason ||
    hasCode(thrown, "CANCELLED") ||
    (thrown instanceof Error &&
      (thrown.name === "AbortError" ||
        (thrown.cause !== undefined && isAbort(thrown.cause, signal))))
  );
}

function hasFlag(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).includes(flag);
}

function commandIn(argv: readonly string[], program: Command): string {
  const names = new Set(program.commands.map((command) => command.name()));
  return argv.find((word) => names.has(word)) ?? "tidemark";
}
