import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** As in the first line of bin/tidemark.mjs. */
const NODE_FLAGS = ["--max-semi-space-size=2"];
const MALLOC = { MALLOC_ARENA_MAX: "1" };

/** What a script of this folder prints, from a process of its own: CPU and memory are those of the work alone. */
export async function runScript<T>(
  script: string,
  args: readonly string[],
): Promise<T> {
  const path = join(import.meta.dirname, script);
  const { stdout } = await run(
    process.execPath,
    [...NODE_FLAGS, path, ...args],
    { env: { ...process.env, ...MALLOC } },
  );
  return JSON.parse(stdout) as T;
}

/** For scripts: the most memory that this process has had. */
export function peakBytes(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024;
}
