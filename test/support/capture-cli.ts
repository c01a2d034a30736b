import { PassThrough } from "node:stream";
import { COMMANDS, type DefineCommand } from "../../src/cli/program.ts";
import { runProgram } from "../../src/cli/run-program.ts";
import type { TextSink } from "../../src/cli/streams.ts";
import type { Environment } from "../../src/config/environment.ts";
import { systemClock, type Clock } from "../../src/platform/clock.ts";
import { never } from "./never.ts";

export interface CapturedCli {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Environment;
  readonly commands?: readonly DefineCommand[];
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** A person at a terminal: each question, told by the end of its text, and the line typed for it. */
  readonly answers?: readonly (readonly [question: string, line: string])[];
}

/** Runs a command line in this process, as main.ts does, and catches what it writes. */
export async function captureCli(
  argv: readonly string[],
  options: CliOptions = {},
): Promise<CapturedCli> {
  const isTTY = options.answers !== undefined;
  const answers = [...(options.answers ?? [])];
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const stdout = collect(isTTY, () => undefined);
  const stderr = collect(isTTY, (written) => {
    const [question, line] = answers[0] ?? [];
    if (question === undefined || !written.trimEnd().endsWith(question)) return;
    answers.shift();
    stdin.write(`${line}\n`);
  });
  const exitCode = await runProgram(
    {
      argv,
      env: options.env ?? {},
      streams: {
        stdin: () => stdin as unknown as NodeJS.ReadStream,
        stdout,
        stderr,
      },
      clock: options.clock ?? systemClock,
      commands: options.commands ?? COMMANDS,
    },
    options.signal ?? never,
  );
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

function collect(
  isTTY: boolean,
  after: (written: string) => void,
): TextSink & { text(): string } {
  let all = "";
  return {
    isTTY,
    columns: 80,
    write: (text) => {
      all += text;
      after(all);
    },
    text: () => all,
  };
}
