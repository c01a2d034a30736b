import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A script of this folder at work: resolves with its first line. */
export async function startChild(
  script: string,
  ...argv: readonly string[]
): Promise<{ readonly child: ChildProcess; readonly line: string }> {
  const child = spawnScript(script, argv);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, line: line.toString().trim() };
}

/** SIGKILL, and it is gone. */
export async function killChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** A script of this folder to its end: a signal, or an exit code of 0, and the lines that it wrote. */
export async function runChild(
  script: string,
  ...argv: readonly string[]
): Promise<{
  readonly signal: string | null;
  readonly lines: readonly string[];
}> {
  const child = spawnScript(script, argv);
  let said = "";
  child.stdout.on("data", (text: Buffer) => (said += text.toString()));
  const [code, signal] = (await once(child, "close")) as [
    number | null,
    string | null,
  ];
  if (signal === null && code !== 0)
    throw new Error(`${script} ended with ${code}`);
  return { signal, lines: said.trim().split("\n") };
}

function spawnScript(script: string, argv: readonly string[]) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return spawn(process.execPath, [path, ...argv], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}
