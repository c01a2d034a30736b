import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { isMysqlUrl } from "../../config/database-url.ts";
import type { Environment } from "../../config/environment.ts";
import { DEFAULT_CONFIG_PATH } from "../../config/load-config.ts";
import { parseConfig } from "../../config/parse-config.ts";
import { TidemarkError } from "../../core/errors.ts";
import { parseSourceName } from "../../core/source-name.ts";
import type { CommandContext } from "../context.ts";
import { suggestSourceName } from "./suggest-source-name.ts";
import { initialConfig, type InitialConfig } from "./initial-config.ts";

const DEFAULT_ARCHIVE = "./tidemark/archive";
/** Stands in for a variable that is not set here, to check the rest of the file. */
const ANY_URL = "postgres://tidemark@localhost/any";

export interface InitOptions {
  readonly fromEnv?: string;
  readonly source?: string;
  readonly archive?: string;
}

/** Writes the first tidemark.yaml; what it writes is known to load. */
export async function runInit(
  options: InitOptions,
  context: CommandContext,
): Promise<void> {
  const path = resolve(context.configPath);
  // Before the questions; the file is created only if it still is not there then.
  if (existsSync(path)) throw isThere(path);
  const answers =
    options.fromEnv === undefined
      ? await askFor(options, context)
      : answersFrom(options.fromEnv, options, context.env);
  const text = initialConfig(answers);
  const url = context.env[answers.variable];
  const isSet = url !== undefined && url !== "";
  parseConfig({
    path,
    text,
    env: { [answers.variable]: isSet ? url : ANY_URL },
  });
  await create(path, text);
  report(context, { ...answers, path, isSet });
}

function answersFrom(
  variable: string,
  options: InitOptions,
  env: Environment,
): InitialConfig {
  checkVariable(variable);
  const name = options.source ?? suggestSourceName(variable, env[variable]);
  return {
    variable,
    source: parseSourceName(name),
    engine: isMysqlUrl(env[variable] ?? "") ? "mysql" : "postgres",
    archive: options.archive ?? DEFAULT_ARCHIVE,
  };
}

async function askFor(
  options: InitOptions,
  context: CommandContext,
): Promise<InitialConfig> {
  const { prompt, signal, env } = context;
  if (!prompt.interactive) {
    throw new TidemarkError("USAGE", "nobody can be asked here", {
      hint: "name the variable with the database's URL: tidemark init --from-env ORDERS_URL",
    });
  }
  const variable = await prompt.ask(
    {
      text: "Which environment variable holds the database's URL?",
      fallback: "DATABASE_URL",
    },
    signal,
  );
  const suggested = answersFrom(variable, options, env);
  const source =
    options.source ??
    (await prompt.ask(
      { text: "What is the source called?", fallback: suggested.source },
      signal,
    ));
  const archive =
    options.archive ??
    (await prompt.ask(
      {
        text: "Where is its history kept (a directory, or s3://bucket/prefix)?",
        fallback: DEFAULT_ARCHIVE,
      },
      signal,
    ));
  return { ...suggested, source: parseSourceName(source), archive };
}

function checkVariable(name: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return;
  // Somebody may have given the URL itself, password and all: it is not repeated.
  throw new TidemarkError(
    "USAGE",
    "that is not the name of an environment variable",
    { hint: "give the name, not the URL: --from-env ORDERS_URL" },
  );
}

async function create(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      throw isThere(path);
    }
    throw new TidemarkError("CONFIG", `cannot write ${path}`, {
      cause: error,
      hint: "--config names another place",
    });
  }
}

function isThere(path: string): TidemarkError {
  return new TidemarkError("USAGE", `${path} is there already`, {
    hint: "edit it, or name another with --config",
  });
}

function report(
  context: CommandContext,
  done: InitialConfig & { readonly path: string; readonly isSet: boolean },
): void {
  const { path, source, variable, isSet } = done;
  const isDefault = path === resolve(DEFAULT_CONFIG_PATH);
  const tidemark = isDefault ? "tidemark" : `tidemark --config ${path}`;
  const next = [
    ...(isSet ? [] : [`export ${variable}=postgres://user@host:5432/database`]),
    `${tidemark} check`,
    `${tidemark} prepare ${source}`,
    `${tidemark} run`,
  ];
  context.output.result({ path, source, variable, next }, () =>
    [
      `Wrote ${basename(path)}: source ${source}, from ${variable}.`,
      "Next:",
      ...next.map((line) => `  ${line}`),
    ].join("\n"),
  );
}
