import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where scripts/test-services.sh puts fastavro. */
const PACKAGES = join(
  process.env["TIDEMARK_TEST_CACHE"] ??
    join(homedir(), ".cache", "tidemark-test"),
  "python",
);

export function hasFastavro(): boolean {
  return existsSync(join(PACKAGES, "fastavro"));
}

/** The lines of JSON that a script of this folder prints. */
export async function runPython(
  script: string,
  args: readonly string[],
): Promise<unknown[]> {
  const { stdout } = await run(
    "python3",
    [join(import.meta.dirname, script), ...args],
    {
      env: { ...process.env, PYTHONPATH: PACKAGES },
      maxBuffer: 256 * 1024 * 1024,
    },
  );
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}
