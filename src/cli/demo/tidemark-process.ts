import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Environment } from "../../config/environment.ts";
import { TidemarkError } from "../../core/errors.ts";
import { watchParent } from "./parent-watch.ts";

/** The program itself, as `tidemark` on a user's command line: TypeScript in a checkout, compiled in a package. */
const MAIN = fileURLToPath(
  new URL(
    import.meta.url.endsWith(".ts") ? "../../main.ts" : "../../main.js",
    import.meta.url,
  ),
);

/** What an alias for `tidemark` stands for. */
export const TIDEMARK = `${process.execPath} ${MAIN}`;

/** A user's shell: its folder has a tidemark.yaml, its environment the URLs. */
export interface Shell {
  readonly directory: string;
  readonly env: Environment;
}

export type TidemarkProcess = ChildProcessByStdio<null, Readable, Readable>;

export interface StartedProcess {
  readonly child: TidemarkProcess;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Started in a session of its own: Ctrl-C reaches only us, and it does not outlive us. */
export function spawnTidemark(
  args: readonly string[],
  shell: Shell,
): StartedProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: shell.directory,
    env: shell.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const watch = child.pid === undefined ? undefined : watchParent(child.pid);
  const ended = once(child, "close").then(
    ([code, signal]: (number | NodeJS.Signals | null)[]) => {
      watch?.[Symbol.dispose]();
      return (code ?? signal) as number | NodeJS.Signals;
    },
  );
  // `ended` is asked for later; an error of the start is told then.
  ended.catch(() => undefined);
  return { child, ended };
}

/** Runs one command to its end and returns what it printed. Throws when it fails, with its last words. */
export async function runTidemark(
  args: readonly string[],
  shell: Shell,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const { child, ended } = spawnTidemark(args, shell);
  const stop = () => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop);
  try {
    const [stdout, stderr, end] = await Promise.all([
      readText(child.stdout),
      readText(child.stderr),
      ended,
    ]);
    signal.throwIfAborted();
    if (end === 0) return stdout;
    throw commandFailed(`tidemark ${args.join(" ")}`, end, stderr);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

export function commandFailed(
  command: string,
  end: number | NodeJS.Signals,
  stderr: string,
): TidemarkError {
  const words = stderr.trim().split("\n").slice(-10).join("\n");
  return new TidemarkError(
    "INTERNAL",
    `\`${command}\` ended with ${typeof end === "number" ? `exit code ${end}` : end}:\n${words}`,
    {
      hint: "`tidemark demo --keep` keeps the directory, with tidemark.log and the server's log in it",
    },
  );
}

async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
