import {
  basename,
  dirname,
  isAbsolute,
  relative,
  resolve,
  sep,
} from "node:path";
import { TidemarkError } from "../core/errors.ts";
import { isSourceName, type SourceName } from "../core/source-name.ts";
import type { ArchiveLocation, Config, SourceConfig } from "./config.ts";
import { describeIssues } from "./config-problems.ts";
import type { Environment } from "./environment.ts";
import { findLaterKeys } from "./later-keys.ts";
import { passwordFromFile } from "./password.ts";
import type { DatabaseLogin, DatabaseUrl } from "./database-login.ts";
import { resolveJournal } from "./resolve-journal.ts";
import { resolveLogin, type WrittenLogin } from "./resolve-login.ts";
import { configSchema, type ConfigFile } from "./schema.ts";
import { tableFilter } from "./table-filter.ts";
import { YamlFile, type KeyPath } from "./yaml-file.ts";

/**
 * What a file says, understood. Three questions in this order, so that the answer is about what the user wrote: is a key
 * of a later version, is a variable missing, is anything wrong. Throws NOT_IN_THIS_VERSION or CONFIG, naming all lines.
 */
export function parseConfig(from: {
  readonly path: string;
  readonly text: string;
  readonly env: Environment;
}): Config {
  const file = new YamlFile(basename(from.path), from.text);
  refuseLaterKeys(file);
  file.interpolate(from.env);
  const parsed = configSchema.safeParse(file.toValue() ?? {});
  if (!parsed.success) throw describeIssues(file, parsed.error.issues);
  return resolveConfig(parsed.data, { ...from, file });
}

function refuseLaterKeys(file: YamlFile): void {
  const later = findLaterKeys(file);
  if (later.length === 0) return;
  const lines = later.map(
    ({ path, instead }) =>
      `${file.path}:${file.lineOf(path)}: ${path.join(".")} is not in this version: ${instead}`,
  );
  throw new TidemarkError("NOT_IN_THIS_VERSION", lines.join("\n"), {
    hint: "take the keys out; docs/configuration.md lists what this version knows",
    details: {
      path: file.path,
      keys: later.map(({ path }) => ({
        key: path.join("."),
        line: file.lineOf(path),
      })),
    },
  });
}

interface Place {
  readonly path: string;
  readonly env: Environment;
  readonly file: YamlFile;
}

function resolveConfig(data: ConfigFile, place: Place): Config {
  const directory = dirname(place.path);
  const problem = (path: KeyPath, message: string) =>
    describeIssues(place.file, [
      { code: "custom", path: [...path], message, input: undefined },
    ]);
  const login = (at: readonly string[], written: LoginKeys): DatabaseLogin =>
    resolveLogin(
      { ...written, url: urlOf(written) },
      { directory, env: place.env },
      (key, message) => problem([...at, ...key], message),
    );
  const sources = new Map<SourceName, SourceConfig>();
  for (const [name, source] of Object.entries(data.sources)) {
    if (!isSourceName(name)) throw new TypeError("the schema checks names");
    sources.set(name, {
      name,
      database: login(["sources", name], source),
      tables: tableFilter(source.tables ?? []),
      rpoMs: source.rpo,
      baseEveryMs: source.base.every,
    });
  }
  const { journal, workDirectory } = resolveJournal(
    data.journal,
    { directory, env: place.env },
    (key, message) => problem(["journal", "kafka", ...key], message),
  );
  const archive = resolveArchive(data, directory);
  // A journal may be deleted and is then rebuilt from the archive: one must not take the other with it.
  if ("directory" in archive && "directory" in journal) {
    if (isWithin(archive.directory, journal.directory)) {
      throw problem(
        ["archive", 0, "directory"],
        "lies in journal.directory, which may be deleted: keep them apart",
      );
    }
    if (isWithin(journal.directory, archive.directory)) {
      throw problem(
        ["journal", "directory"],
        "lies in the archive's directory, and may be deleted: keep them apart",
      );
    }
  }
  return {
    path: place.path,
    sources,
    ...{ journal, workDirectory },
    archive,
    targets: new Map(
      Object.entries(data.targets).map(([name, target]) => [
        name,
        login(["targets", name], target),
      ]),
    ),
    http: {
      ...data.http.listen,
      token:
        data.http.tokenFile === undefined
          ? () => Promise.resolve(undefined)
          : passwordFromFile(resolve(directory, data.http.tokenFile)),
    },
  };
}

type LoginKeys = Omit<WrittenLogin, "url"> & {
  readonly postgres?: DatabaseUrl | undefined;
  readonly mysql?: DatabaseUrl | undefined;
};

function urlOf({ postgres, mysql }: LoginKeys): DatabaseUrl {
  const url = postgres ?? mysql;
  if (url === undefined) throw new TypeError("the schema checks this");
  return url;
}

function resolveArchive(data: ConfigFile, folder: string): ArchiveLocation {
  const { directory, s3 } = data.archive[0] ?? {};
  if (directory !== undefined) return { directory: resolve(folder, directory) };
  if (s3 === undefined) throw new TypeError("the schema checks this");
  const { bucket, prefix = "", region, endpoint } = s3;
  const { pathStyle, storageClass } = s3;
  return { s3: { bucket, prefix, region, endpoint, pathStyle, storageClass } };
}

function isWithin(inner: string, outer: string): boolean {
  const path = relative(outer, inner);
  return path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}
