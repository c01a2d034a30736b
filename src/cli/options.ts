import { Argument, Option } from "commander";
import { parseSize } from "../config/size.ts";
import { TidemarkError } from "../core/errors.ts";
import { parsePoint, type Point } from "../core/point.ts";
import { parseSourceName, type SourceName } from "../core/source-name.ts";
import { LEAST_MEMORY_BYTES } from "../fold/memory-budget.ts";
import { parseArchive } from "./parse-archive.ts";
import { parseInto, type Into } from "./parse-into.ts";

/*
 * Options that several commands share, so that they are spelled, parsed and explained alike. The type of the parsed
 * value stands above each; a command declares them in the interface of its own options.
 */

/** `archive?: ArchiveLocation` */
export function archiveOption(): Option {
  return new Option(
    "--archive <location>",
    "a directory with an archive, or s3://bucket/prefix; needs no configuration and no source",
  ).argParser(parseArchive);
}

/** Never has a value: archives of this version are not encrypted. */
export function identityOption(): Option {
  return new Option("--identity <file>", "the key of an encrypted archive")
    .argParser(() => {
      throw new TidemarkError(
        "NOT_IN_THIS_VERSION",
        "--identity is not in this version: archives are not encrypted",
        { hint: "leave it out" },
      );
    })
    .hideHelp();
}

/** `at: Point`; `latest` when `fallback` says so, otherwise the command demands it. */
export function atOption(fallback?: "latest"): Option {
  const option = new Option("--at <point>", "the point to go to").argParser(
    parsePoint,
  );
  return fallback === undefined
    ? option.makeOptionMandatory()
    : option.default({ kind: "latest" } satisfies Point, "latest");
}

/** `from?: Point` */
export function fromOption(): Option {
  return new Option("--from <point>", "only what came at or after").argParser(
    parsePoint,
  );
}

/** `to?: Point` */
export function toOption(): Option {
  return new Option("--to <point>", "only what came at or before").argParser(
    parsePoint,
  );
}

/** `into: readonly Into[]`; repeatable, `SOURCE=TARGET` when several sources are restored. */
export function intoOption(): Option {
  return new Option(
    "--into <target>",
    "where to: a name from targets, env:NAME, or a URL without a password; for several sources SOURCE=TARGET each",
  )
    .argParser((text: string, before: readonly Into[] | undefined) => [
      ...(before ?? []),
      parseInto(text),
    ])
    .makeOptionMandatory();
}

/** `intoPasswordFile?: string` */
export function intoPasswordFileOption(): Option {
  return new Option(
    "--into-password-file <file>",
    "the password for a URL given to --into (or PGPASSWORD, PGPASSFILE)",
  );
}

/** `table?: readonly TableName[]`; repeatable. */
export function tableOption(description: string): Option {
  return new Option("--table <schema.table>", description).argParser(
    (text: string, before: readonly TableName[] | undefined) => [
      ...(before ?? []),
      parseTableName(text),
    ],
  );
}

/** `dryRun?: true` */
export function dryRunOption(
  what = "print the plan and change nothing",
): Option {
  return new Option("--dry-run", what);
}

/** `yes?: true` */
export function yesOption(): Option {
  return new Option("--yes", "do not ask for a confirmation");
}

/** `memory: number`, in bytes. */
export function memoryOption(fallback: string): Option {
  return new Option(
    "--memory <size>",
    "how much memory the changes may take before they go to a working file; at least 1MiB",
  )
    .argParser(parseMemory)
    .default(parseSize(fallback), fallback);
}

function parseMemory(text: string): number {
  const bytes = parseSize(text);
  if (bytes >= LEAST_MEMORY_BYTES) return bytes;
  throw new TidemarkError("USAGE", `--memory ${text} is too little`, {
    hint: `the least is ${LEAST_MEMORY_BYTES / 2 ** 20}MiB, in which any number of changes is folded; more is faster`,
  });
}

/** `SourceName` */
export function sourceArgument(): Argument {
  return new Argument("<source>", "the name of a source").argParser(
    parseSourceName,
  );
}

/** `readonly SourceName[]`, in the order given, without repetitions; empty when `optional` and none was named. */
export function sourcesArgument(count: "any" | "some"): Argument {
  return new Argument(
    count === "any" ? "[source...]" : "<source...>",
    count === "any"
      ? "names of sources; all when none is named"
      : "names of sources",
  ).argParser((text: string, before: readonly SourceName[] | undefined) => [
    ...new Set([...(before ?? []), parseSourceName(text)]),
  ]);
}

export interface TableName {
  readonly namespace: string;
  readonly name: string;
}

/** `schema.table`, split at the first dot; a name is compared as the server stores it. Throws USAGE. */
export function parseTableName(text: string): TableName {
  const dot = text.indexOf(".");
  if (dot <= 0 || dot === text.length - 1) {
    throw new TidemarkError("USAGE", `"${text}" is not a table`, {
      hint: "with its schema, as the server stores it: public.orders",
    });
  }
  return { namespace: text.slice(0, dot), name: text.slice(dot + 1) };
}
