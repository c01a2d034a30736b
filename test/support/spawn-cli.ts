import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/tidemark.mjs", import.meta.url));

export interface EndedCli {
  /** 128 + n when a signal n ended it from outside. */
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of the published program, with nothing in its environment but what is given and PATH. */
export function spawnCli(
  argv: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
  },
): { readonly child: ChildProcess; readonly ended: Promise<EndedCli> } {
  const child = spawn(process.execPath, [bin, ...argv], {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"], ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = once(child, "exit") as Promise<
    [number | null, NodeJS.Signals | null]
  >;
  const ended = Promise.all([
    exit,
    text(child.stdout),
    text(child.stderr),
  ]).then(([[exitCode, signal], stdout, stderr]) => ({
    exitCode: exitCode ?? undefined,
    signal: signal ?? undefined,
    stdout,
    stderr,
  }));
  return { child, ended };
}
