import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { TidemarkError } from "../core/errors.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./environment.ts";

export const DEFAULT_CONFIG_PATH = "tidemark.yaml";

/** The only place that reads the process's environment; everything else is given it. */
export function processEnvironment(): Environment {
  return process.env;
}

/** Reads tidemark.yaml. Throws CONFIG or NOT_IN_THIS_VERSION with file, line and key. */
export async function loadConfig(from: {
  readonly path: string;
  readonly env: Environment;
}): Promise<Config> {
  const path = resolve(from.path);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new TidemarkError(
      "CONFIG",
      missing ? `there is no ${from.path}` : `cannot read ${from.path}`,
      {
        hint: "`tidemark init` writes one; --config names another",
        cause: error,
      },
    );
  });
  // Parser and schema are loaded only by a command that has a file to read: `--help` stays quick.
  const { parseConfig } = await import("./parse-config.ts");
  return parseConfig({ path, text, env: from.env });
}

/** `TIDEMARK_FAILPOINT=name[:n]`: for crash tests, die at the n-th pass of a named place. */
export function failpointOf(
  env: Environment,
): { readonly name: string; readonly hit: number } | undefined {
  const text = env["TIDEMARK_FAILPOINT"];
  if (text === undefined || text === "") return undefined;
  const match = /^([a-z][a-z0-9.-]*)(?::([1-9]\d{0,8}))?$/.exec(text);
  if (match?.[1] === undefined) {
    throw new TidemarkError("USAGE", "TIDEMARK_FAILPOINT is not name[:n]");
  }
  return { name: match[1], hit: Number(match[2] ?? "1") };
}
