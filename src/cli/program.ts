import { Command } from "commander";
import { DEFAULT_CONFIG_PATH } from "../config/load-config.ts";
import { POINT_GRAMMAR } from "../core/point.ts";
import { defineBase } from "./commands/base.ts";
import { defineCheck } from "./commands/check.ts";
import { defineCompletion } from "./commands/completion.ts";
import { defineDemo } from "./commands/demo.ts";
import { defineInit } from "./commands/init.ts";
import { defineLog } from "./commands/log.ts";
import { defineMark } from "./commands/mark.ts";
import { defineForget, definePrepare } from "./commands/prepare.ts";
import { defineRestore } from "./commands/restore.ts";
import { defineRun } from "./commands/run.ts";
import { defineSources } from "./commands/sources.ts";
import { defineStatus } from "./commands/status.ts";
import { defineVerify } from "./commands/verify.ts";
import { defineWindows } from "./commands/windows.ts";
import type { CommandContext } from "./context.ts";

/** Adds one command to the program. Light: whatever its action needs is imported by the action. */
export type DefineCommand = (program: Command, context: CommandContext) => void;

/** In the order of `--help`; each in commands/<name>.ts. */
export const COMMANDS: readonly DefineCommand[] = [
  defineDemo,
  defineInit,
  defineCheck,
  definePrepare,
  defineForget,
  defineRun,
  defineBase,
  defineMark,
  defineStatus,
  defineWindows,
  defineLog,
  defineSources,
  defineVerify,
  defineRestore,
  defineCompletion,
];

export interface GlobalOptions {
  readonly config: string;
  readonly json?: true;
  readonly verbose?: true;
}

export interface ProgramOptions {
  readonly context: CommandContext;
  readonly commands: readonly DefineCommand[];
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  /** Runs between parsing and the action. */
  readonly beforeAction: (
    command: string,
    options: GlobalOptions,
  ) => Promise<void>;
}

/** The whole command line. It never exits the process: commander's errors are thrown. */
export function buildProgram(options: ProgramOptions): Command {
  const { context } = options;
  const program = new Command("tidemark")
    .description(
      "A continuous, verifiable history of your databases, and a restore to any committed transaction.",
    )
    .exitOverride()
    .configureOutput({
      writeOut: options.writeOut,
      writeErr: options.writeErr,
      // Errors are printed once, by the caller, with code and hint.
      outputError: () => undefined,
    })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .version(context.version, "--version", "print the version")
    .option("--config <file>", "the configuration", DEFAULT_CONFIG_PATH)
    .option("--json", "one JSON document on stdout")
    .option("--verbose", "log more, and print where errors come from")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", `\nA POINT is one of: ${POINT_GRAMMAR}`)
    .hook("preAction", (_, action) =>
      options.beforeAction(action.name(), program.opts<GlobalOptions>()),
    );
  for (const define of options.commands) define(program, context);
  return program;
}
