import { CATALOG_FAILPOINTS } from "../../src/archive/entry-log.ts";
import { BASE_FAILPOINTS } from "../../src/base/take-base.ts";
import { JOURNAL_FAILPOINTS } from "../../src/journal/directory/journal-failpoints.ts";
import { KAFKA_JOURNAL_FAILPOINTS } from "../../src/journal/kafka/journal-failpoints.ts";
import { RESTORE_FAILPOINTS } from "../../src/restore/restore.ts";
import { ARCHIVER_FAILPOINTS } from "../../src/services/archiver.ts";
import { CAPTURE_FAILPOINTS } from "../../src/services/capture.ts";
import { STORE_FAILPOINTS } from "../../src/storage/directory/create-object.ts";
import { UPLOAD_FAILPOINTS } from "../../src/storage/s3/upload-parts.ts";
import type { Places } from "./installation.ts";

/** Places of each kind of process, as TIDEMARK_FAILPOINT takes them: `name:count`. */
export interface CrashPlaces {
  readonly runPlaces: readonly string[];
  readonly basePlaces: readonly string[];
  readonly restorePlaces: readonly string[];
}

/** Where `run` dies: the first time that it comes there, and once in the middle of its work. */
export const RUN_PLACES = [
  ...CAPTURE_FAILPOINTS.flatMap((name) => [`${name}:1`, `${name}:4`]),
  ...ARCHIVER_FAILPOINTS.flatMap((name) => [`${name}:1`, `${name}:3`]),
  // A checkpoint is due every 1000 entries: the catalog's own matrix comes to it. The first entry is the writer's.
  ...CATALOG_FAILPOINTS.filter(
    (name) => name !== "catalog.checkpoint-written",
  ).flatMap((name) => [`${name}:1`, `${name}:3`]),
  // The first ones are the probe's of a store.
  ...STORE_FAILPOINTS.flatMap((name) => [`${name}:1`, `${name}:40`]),
  // The journal's own matrix has the rest of it.
  ...JOURNAL_FAILPOINTS.filter((name) => name.includes("frame")).map(
    (name) => `${name}:5`,
  ),
];

/** The ninth part is of a table behind several that are done. */
export const BASE_PLACES = [
  ...BASE_FAILPOINTS.map((name) => `${name}:1`),
  "base.part-written:9",
];

/** Its entry is the first that a restore writes. */
export const RESTORE_ENTRY_PLACES = [
  "catalog.before-entry",
  "catalog.entry-written",
];

export const RESTORE_PLACES = [...RESTORE_ENTRY_PLACES, ...RESTORE_FAILPOINTS];

/** Where `run` may die, by names alone; some of them it comes to seldom. */
export function runFailpoints({ kafka, bucket }: Places): readonly string[] {
  return [
    ...CAPTURE_FAILPOINTS,
    ...ARCHIVER_FAILPOINTS,
    ...CATALOG_FAILPOINTS,
    ...BASE_FAILPOINTS,
    ...(kafka === undefined ? JOURNAL_FAILPOINTS : KAFKA_JOURNAL_FAILPOINTS),
    ...(bucket === undefined ? STORE_FAILPOINTS : UPLOAD_FAILPOINTS),
  ];
}
