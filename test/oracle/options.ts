import { parseArgs } from "node:util";
import { hasKafka } from "../support/kafka-binaries.ts";
import {
  findMysqlBinaries,
  MYSQL_VERSIONS,
  type MysqlVersion,
} from "../support/mysql-binaries.ts";
import { findPostgresBinaries } from "../support/postgres-binaries.ts";
import { hasS3Server } from "../support/s3-server.ts";
import { INTENSITIES, type IntensityName } from "./intensity.ts";

export interface OracleOptions {
  readonly minutes: number;
  readonly seed: string;
  /** What the rounds have their sources on. */
  readonly engines: readonly EngineChoice[];
  /** Undefined: each round draws one. */
  readonly intensity: IntensityName | undefined;
  /** Where the rounds have their archives. */
  readonly archives: readonly ArchiveKind[];
  /** And their journals: every one of them with every engine and every archive. */
  readonly journals: readonly JournalKind[];
  /** Rounds that found nothing leave their folders and databases, too. */
  readonly keep: boolean;
}

export type EngineChoice =
  | { readonly family: "postgres"; readonly major: number }
  | { readonly family: "mysql"; readonly version: MysqlVersion };

export const ARCHIVE_KINDS = ["directory", "s3"] as const;
export type ArchiveKind = (typeof ARCHIVE_KINDS)[number];

export const JOURNAL_KINDS = ["directory", "kafka"] as const;
export type JournalKind = (typeof JOURNAL_KINDS)[number];

/** What --engine takes, a name of MYSQL_VERSIONS aside. */
const FAMILIES = ["postgres", "mysql", "mariadb"] as const;

export const USAGE =
  "npm run oracle -- [--minutes M] [--seed S] [--engine all|postgres,mysql,mariadb] [--postgres 15,18] [--archive directory,s3] [--journal directory,kafka] [--intensity calm|ordinary|wild] [--keep]";

/** Throws what `USAGE` answers. */
export function parseOptions(argv: readonly string[]): OracleOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      minutes: { type: "string", default: "1" },
      seed: { type: "string" },
      engine: { type: "string", default: "all" },
      postgres: { type: "string", default: "15,18" },
      archive: {
        type: "string",
        default: hasS3Server() ? "directory,s3" : "directory",
      },
      journal: {
        type: "string",
        default: hasKafka() ? "directory,kafka" : "directory",
      },
      intensity: { type: "string" },
      keep: { type: "boolean", default: false },
    },
  });
  const minutes = Number(values.minutes);
  const majors = values.postgres.split(",").map(Number);
  if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}`);
  if (!majors.every(Number.isInteger)) {
    throw new Error(`--postgres ${values.postgres}`);
  }
  return {
    minutes,
    seed: values.seed ?? `${Math.floor(Math.random() * 1e9)}`,
    engines: parseEngines(values.engine, majors),
    intensity: parseIntensity(values.intensity),
    archives: values.archive.split(",").map(parseArchiveKind),
    journals: values.journal.split(",").map(parseJournalKind),
    keep: values.keep,
  };
}

/** `all`: whatever is installed. Throws at a name that nothing has, and at one that is not installed. */
function parseEngines(
  text: string,
  majors: readonly number[],
): readonly EngineChoice[] {
  if (text !== "all") {
    const named = text.split(",").flatMap((name) => parseEngine(name, majors));
    for (const engine of named) {
      if (!isInstalled(engine))
        throw new Error(
          `no ${engineName(engine)}: run scripts/test-services.sh`,
        );
    }
    return named;
  }
  const installed = FAMILIES.flatMap((name) =>
    parseEngine(name, majors),
  ).filter(isInstalled);
  if (installed.length === 0)
    throw new Error("no server is installed: run scripts/test-services.sh");
  return installed;
}

/** Postgres in all the versions asked for; MySQL's family by the name of one of its servers, or of all. */
function parseEngine(
  text: string,
  majors: readonly number[],
): readonly EngineChoice[] {
  if (text === "postgres")
    return majors.map((major) => ({ family: "postgres", major }));
  const versions = MYSQL_VERSIONS.filter(
    (version) => version === text || version.startsWith(`${text}-`),
  );
  if (versions.length === 0) throw new Error(`--engine ${text}`);
  return versions.map((version) => ({ family: "mysql", version }));
}

function isInstalled(engine: EngineChoice): boolean {
  switch (engine.family) {
    case "postgres":
      return findPostgresBinaries(engine.major) !== undefined;
    case "mysql":
      return findMysqlBinaries(engine.version) !== undefined;
    default:
      return engine satisfies never;
  }
}

/** `postgres-18`, `mysql-9`. */
export function engineName(choice: EngineChoice): string {
  switch (choice.family) {
    case "postgres":
      return `postgres-${choice.major}`;
    case "mysql":
      return choice.version;
    default:
      return choice satisfies never;
  }
}

function parseArchiveKind(text: string): ArchiveKind {
  const found = ARCHIVE_KINDS.find((kind) => kind === text);
  if (found === undefined) throw new Error(`--archive ${text}`);
  return found;
}

function parseJournalKind(text: string): JournalKind {
  const found = JOURNAL_KINDS.find((kind) => kind === text);
  if (found === undefined) throw new Error(`--journal ${text}`);
  return found;
}

function parseIntensity(text: string | undefined): IntensityName | undefined {
  if (text === undefined) return undefined;
  const names = Object.keys(INTENSITIES) as IntensityName[];
  const found = names.find((name) => name === text);
  if (found === undefined) throw new Error(`--intensity ${text}`);
  return found;
}
