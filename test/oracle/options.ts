import { parseArgs } from "node:util";
import { hasKafka } from "../support/kafka-binaries.ts";
import { hasS3Server } from "../support/s3-server.ts";
import type { Intensity } from "./plan-transaction.ts";

export const INTENSITIES = {
  calm: { keys: 40, steps: 4, bigRows: 300 },
  ordinary: { keys: 120, bigRows: 3_000 },
  wild: { keys: 400, steps: 12, big: 0.02, bigRows: 30_000, truncate: 0.03 },
} as const satisfies Record<string, Partial<Intensity>>;

export type IntensityName = keyof typeof INTENSITIES;

export interface OracleOptions {
  readonly minutes: number;
  readonly seed: string;
  readonly majors: readonly number[];
  /** Undefined: each round draws one. */
  readonly intensity: IntensityName | undefined;
  /** Where the rounds have their archives, in turn. */
  readonly archives: readonly ArchiveKind[];
  /** And their journals. */
  readonly journals: readonly JournalKind[];
  /** Rounds that found nothing leave their folders and databases, too. */
  readonly keep: boolean;
}

export const ARCHIVE_KINDS = ["directory", "s3"] as const;
export type ArchiveKind = (typeof ARCHIVE_KINDS)[number];

export const JOURNAL_KINDS = ["directory", "kafka"] as const;
export type JournalKind = (typeof JOURNAL_KINDS)[number];

export const USAGE =
  "npm run oracle -- --minutes M --seed S [--postgres 15,18] [--archive directory,s3] [--journal directory,kafka] [--intensity calm|ordinary|wild] [--keep]";

/** Throws what `USAGE` answers. */
export function parseOptions(argv: readonly string[]): OracleOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      minutes: { type: "string", default: "1" },
      seed: { type: "string" },
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
    majors,
    intensity: parseIntensity(values.intensity),
    archives: values.archive.split(",").map(parseArchiveKind),
    journals: values.journal.split(",").map(parseJournalKind),
    keep: values.keep,
  };
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
