import { existsSync } from "node:fs";
import { chmod, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbeddedPostgres } from "../../src/cli/demo/embedded-postgres.ts";
import { openPostgresBinaries } from "../../src/cli/demo/postgres-binaries.ts";
import { serverAccount } from "../../src/cli/demo/server-account.ts";
import type { ServerSettings } from "../../src/cli/demo/postgres-cluster.ts";
import {
  findPostgresBinaries,
  POSTGRES_MAJORS,
  postgresUrl,
} from "./postgres-binaries.ts";
import {
  connectClient,
  createDatabaseAt,
  type TestClient,
  withDatabase,
} from "./postgres-client.ts";

/** A running server, maybe shared with other tests of the same file: each makes a database of its own. */
export interface SharedPostgres {
  readonly major: number;
  /** For user postgres, or whoever the environment's URL names. */
  url(database: string): string;
  createDatabase(): Promise<string>;
  connect(
    database: string,
    options?: { readonly replication?: boolean },
  ): Promise<TestClient>;
}

/** A server of the test's own, with an empty data directory that goes with it. */
export interface TestPostgres extends SharedPostgres, AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly dataDirectory: string;
  /** Holds a Unix socket for the same port. */
  readonly socketDirectory: string | undefined;
  start(): Promise<void>;
  /** Fast: sessions are ended. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** SIGKILL to every process of the server; `start` recovers it on the same port. */
  kill(): Promise<void>;
}

export interface StartOptions {
  readonly settings?: ServerSettings;
}

/** A kill of processes loses nothing that the kernel has, so tests need no disk to be waited for. */
const TEST_SETTINGS: ServerSettings = { fsync: "off" };

const START_TIMEOUT_MS = 90_000;

/** The versions of which tests can run here, whether on a server of ours or of the environment. */
export function availablePostgres(): number[] {
  return POSTGRES_MAJORS.filter(
    (major) =>
      postgresUrl(major) !== undefined ||
      findPostgresBinaries(major) !== undefined,
  );
}

export async function startPostgres(
  major: number,
  options: StartOptions = {},
): Promise<TestPostgres> {
  const binaries = findPostgresBinaries(major);
  if (binaries === undefined) {
    throw new Error(`no PostgreSQL ${major}: run scripts/test-services.sh`);
  }
  await using stack = new AsyncDisposableStack();
  const root = await makeRoot(`postgres-${major}-`);
  stack.defer(() => rm(root, { recursive: true, force: true }));
  const server = stack.use(
    await openEmbeddedPostgres(
      {
        dataDirectory: join(root, "data"),
        binaries: await shareBinaries(binaries, major),
        settings: { ...TEST_SETTINGS, ...options.settings },
      },
      AbortSignal.timeout(START_TIMEOUT_MS),
    ),
  );
  // Nothing of it is kept: sooner than a stop, which waits for sessions.
  stack.defer(() => server.kill());
  const owned = stack.move();
  const url = (database: string) => server.url(database);
  return {
    ...sharedOver(major, url),
    host: server.host,
    port: server.port,
    user: "postgres",
    password: server.password,
    dataDirectory: server.dataDirectory,
    socketDirectory: server.socketDirectory,
    start: () => server.start(AbortSignal.timeout(START_TIMEOUT_MS)),
    stop: () => server.stop(),
    restart: () => server.restart(AbortSignal.timeout(START_TIMEOUT_MS)),
    kill: () => server.kill(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The environment's server where there is one, otherwise one that runs as long as the result is held. */
export async function openSharedPostgres(
  major: number,
): Promise<SharedPostgres & AsyncDisposable> {
  const given = postgresUrl(major);
  if (given === undefined) return await startPostgres(major);
  return {
    ...sharedOver(major, (database) => withDatabase(given, database)),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function sharedOver(
  major: number,
  url: (database: string) => string,
): SharedPostgres {
  return {
    major,
    url,
    createDatabase: () => createDatabaseAt(url("postgres")),
    connect: (database, options) => connectClient(url(database), options),
  };
}

/**
 * Where the server's user cannot come to the binaries, as in root's home, each server would run from a copy of its own: one
 * for the whole run is enough.
 */
async function shareBinaries(from: string, major: number): Promise<string> {
  const run = process.env["TIDEMARK_TEST_RUN_DIRECTORY"];
  if (run === undefined) return from;
  const shared = join(run, `binaries-${major}`);
  if (existsSync(shared)) return shared;
  await using opened = await openPostgresBinaries(from, serverAccount());
  if (opened.directory === from) return from;
  try {
    await rename(opened.directory, shared);
  } catch (error) {
    // Another worker was faster, and its copy serves.
    if (!existsSync(shared)) throw error;
  }
  return shared;
}

/** Below the run's own directory, which the run removes whatever became of the test. */
async function makeRoot(prefix: string): Promise<string> {
  const run = process.env["TIDEMARK_TEST_RUN_DIRECTORY"] ?? tmpdir();
  const root = await mkdtemp(join(run, prefix));
  // The server's user has to pass through.
  await chmod(root, 0o755);
  return root;
}
