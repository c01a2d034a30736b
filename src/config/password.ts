import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { TidemarkError } from "../core/errors.ts";
import type { Environment } from "./environment.ts";

const run = promisify(execFile);
const COMMAND_TIMEOUT_MS = 30_000;
const COMMAND_HINT =
  "run it by hand: it must print the password, alone, and exit 0";

/** Asked at each connection, so that a rotated file or a short-lived token is taken up without a restart. */
export type Password = () => Promise<string | undefined>;

export function fixedPassword(password: string | undefined): Password {
  return () => Promise.resolve(password);
}

/** The file's content without its last line end. */
export function passwordFromFile(path: string): Password {
  return async () => {
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      throw new TidemarkError("CONFIG", `cannot read the password in ${path}`, {
        hint: "passwordFile names a file that this user can read",
        cause: error,
      });
    });
    return oneLine(text, {
      what: `the password file ${path}`,
      hint: "it must hold the password, alone, on its first and only line",
    });
  };
}

/**
 * What a shell command prints, without its last line end. Neither its output nor what it complains about ends up in a
 * message: either may hold the secret.
 */
export function passwordFromCommand(
  command: string,
  place: {
    readonly directory: string;
    readonly env: Environment;
    readonly timeoutMs?: number;
  },
): Password {
  const timeout = place.timeoutMs ?? COMMAND_TIMEOUT_MS;
  return async () => {
    const { stdout } = await run("/bin/sh", ["-c", command], {
      cwd: place.directory,
      env: { ...place.env },
      timeout,
      maxBuffer: 65_536,
    }).catch((error: unknown) => {
      throw new TidemarkError(
        "CONFIG",
        `passwordCommand ${howItEnded(error)}`,
        {
          hint: COMMAND_HINT,
        },
      );
    });
    return oneLine(stdout, {
      what: "what passwordCommand printed",
      hint: COMMAND_HINT,
    });
  };
}

function oneLine(
  text: string,
  { what, hint }: { readonly what: string; readonly hint: string },
): string {
  const password = text.replace(/\r?\n$/, "");
  if (password === "" || /[\r\n\0]/.test(password)) {
    throw new TidemarkError("CONFIG", `${what} is not one line of text`, {
      hint,
    });
  }
  return password;
}

function howItEnded(error: unknown): string {
  const { killed, code, signal } = error as {
    readonly killed?: boolean;
    readonly code?: number | string;
    readonly signal?: string | null;
  };
  if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return "printed too much";
  if (killed === true) return `took too long`;
  if (typeof signal === "string") return `was ended by ${signal}`;
  return `failed (${code ?? "no exit code"})`;
}
