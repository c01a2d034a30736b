import type { Config } from "../config/config.ts";
import type { Environment } from "../config/environment.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { Output } from "./output.ts";
import type { Prompt } from "./prompt.ts";

/** Exit codes that are an answer and not an error; errors carry their own. */
export type AnswerExitCode = 0 | 3 | 4 | 9 | 10;

/** What a command is given; it reads nothing of the process by itself. */
export interface CommandContext {
  /** Read and checked on first use. Throws CONFIG, NOT_IN_THIS_VERSION. */
  config(): Promise<Config>;
  /** Of `--config`, whether or not there is such a file. */
  readonly configPath: string;
  readonly output: Output;
  readonly prompt: Prompt;
  /** Aborted by SIGINT and SIGTERM, with a CANCELLED error as its reason. */
  readonly signal: AbortSignal;
  readonly env: Environment;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /**
   * For `check` with warnings, `status` degraded, `mark` that nobody has archived yet, `verify` with differences: done, but not
   * all is well.
   */
  exitWith(code: AnswerExitCode): void;
}
