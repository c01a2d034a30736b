import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/environment.ts";
import { nearest } from "../config/nearest.ts";
import { fixedPassword, passwordFromFile } from "../config/password.ts";
import { findInPgpass } from "../config/pgpass.ts";
import type { DatabaseLogin, DatabaseUrl } from "../config/database-login.ts";
import { parseDatabaseUrl } from "../config/database-url.ts";
import { resolveLogin } from "../config/resolve-login.ts";
import { carriesPassword } from "../config/url-parts.ts";
import { TidemarkError } from "../core/errors.ts";

export interface TargetSources {
  readonly env: Environment;
  /** Asked only for a name from the configuration, so that a restore without a configuration is possible. */
  readonly config: () => Promise<Config>;
  readonly passwordFile?: string | undefined;
  /** The option that names such a file. */
  readonly passwordOption?: string;
}

/**
 * TARGET: a name from `targets:`, `env:NAME`, or a URL without a password. For the last two the password comes from
 * a password file, PGPASSWORD or PGPASSFILE, in this order; for MySQL from a password file or MYSQL_PWD. Throws USAGE, CONFIG, NOT_FOUND.
 */
export async function parseTarget(
  text: string,
  from: TargetSources,
): Promise<DatabaseLogin> {
  if (text.includes("://")) {
    if (carriesPassword(text)) throw passwordInArgv(from);
    const url = parseDatabaseUrl(text);
    // However it is spelled: pass%77ord= is one, too.
    if (url.password !== undefined) throw passwordInArgv(from);
    return loginTo(url, from);
  }
  if (text.startsWith("env:")) return fromVariable(text.slice(4), from);
  const { targets } = await from.config();
  const target = targets.get(text);
  if (target === undefined) throw noSuchTarget(text, [...targets.keys()]);
  if (from.passwordFile !== undefined) {
    throw new TidemarkError(
      "USAGE",
      `${optionOf(from)} has no effect on ${text}`,
      { hint: `write passwordFile under targets.${text}` },
    );
  }
  return target;
}

async function fromVariable(
  name: string,
  from: TargetSources,
): Promise<DatabaseLogin> {
  if (name === "") {
    throw new TidemarkError("USAGE", "env: names no environment variable", {
      hint: "env:NAME, where NAME holds postgres://user@host:5432/database or mysql://user@host:3306/",
    });
  }
  const url = from.env[name];
  if (url === undefined || url === "") {
    throw new TidemarkError("USAGE", `${name} is not set`, {
      hint: `set the environment variable ${name} to postgres://user@host:5432/database or mysql://user@host:3306/`,
    });
  }
  return loginTo(parseDatabaseUrl(url), from);
}

async function loginTo(
  url: DatabaseUrl,
  from: TargetSources,
): Promise<DatabaseLogin> {
  const { passwordFile, env } = from;
  if (passwordFile !== undefined && url.password !== undefined) {
    throw new TidemarkError(
      "USAGE",
      `the URL has a password, and there is ${optionOf(from)}: keep one`,
    );
  }
  const login = resolveLogin(
    { url },
    { directory: ".", env },
    (_key, message) =>
      new TidemarkError("USAGE", `the target's URL: ${message}`),
  );
  if (url.password !== undefined) return login;
  if (passwordFile !== undefined) {
    return { ...login, password: passwordFromFile(resolve(passwordFile)) };
  }
  // As each engine's own client has it.
  if (login.engine === "mysql") {
    const password = env["MYSQL_PWD"];
    if (password === undefined) return login;
    return { ...login, password: fixedPassword(password) };
  }
  if (env["PGPASSWORD"] !== undefined) {
    return { ...login, password: fixedPassword(env["PGPASSWORD"]) };
  }
  const pgpass = env["PGPASSFILE"];
  if (pgpass === undefined) return login;
  return {
    ...login,
    password: async () => findInPgpass(await readPgpass(pgpass), login),
  };
}

async function readPgpass(path: string): Promise<string> {
  try {
    // libpq silently passes over a file that others may read; silence would only look like a wrong password.
    if (((await stat(path)).mode & 0o077) !== 0) {
      throw new TidemarkError("CONFIG", `others may read PGPASSFILE ${path}`, {
        hint: `chmod 600 ${path}`,
      });
    }
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof TidemarkError) throw error;
    throw new TidemarkError("CONFIG", `cannot read PGPASSFILE ${path}`, {
      cause: error,
    });
  }
}

function optionOf({ passwordOption }: TargetSources): string {
  return passwordOption ?? "--into-password-file";
}

function passwordInArgv(from: TargetSources): TidemarkError {
  return new TidemarkError(
    "USAGE",
    "the URL has a password, which everybody on this machine can see",
    {
      hint: `put it into PGPASSWORD or PGPASSFILE (MySQL: MYSQL_PWD), or ${optionOf(from)}`,
    },
  );
}

function noSuchTarget(name: string, known: readonly string[]): TidemarkError {
  const meant = nearest(name, known);
  return new TidemarkError("NOT_FOUND", `there is no target ${name}`, {
    hint:
      meant !== undefined
        ? `nearest: ${meant}`
        : known.length > 0
          ? `targets: ${known.join(", ")}`
          : "write it under targets:, or use env:NAME",
  });
}
