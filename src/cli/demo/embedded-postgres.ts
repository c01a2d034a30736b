import { resolve } from "node:path";
import {
  embeddedPostgresDirectory,
  openPostgresBinaries,
} from "./postgres-binaries.ts";
import { prepareCluster, type ServerSettings } from "./postgres-cluster.ts";
import { PostgresServer } from "./postgres-server.ts";
import { serverAccount } from "./server-account.ts";

export interface EmbeddedPostgresOptions {
  /** Made when missing, kept at the end; one that an earlier call made goes on where it stood. */
  readonly dataDirectory: string;
  /** Other binaries than the optional dependency's: a directory that holds bin/postgres. */
  readonly binaries?: string;
  readonly settings?: ServerSettings;
}

/**
 * A Postgres that is ours alone: user postgres with a password of its own, on a free port of the loopback. As root it runs
 * as nobody. It stops with the result, and also when this process dies. Throws NOT_FOUND without binaries, PREFLIGHT for a
 * directory it cannot use, SERVER_UNREACHABLE when it does not start.
 */
export async function openEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
  signal: AbortSignal,
): Promise<PostgresServer> {
  const account = serverAccount();
  await using stack = new AsyncDisposableStack();
  const binaries = stack.use(
    await openPostgresBinaries(
      options.binaries ?? embeddedPostgresDirectory(),
      account,
    ),
  );
  const cluster = {
    binaries: binaries.directory,
    // The server runs in the root directory.
    dataDirectory: resolve(options.dataDirectory),
    account,
    settings: options.settings ?? {},
  };
  const password = await prepareCluster(cluster, signal);
  return await PostgresServer.open(
    { ...cluster, password, resources: stack.move() },
    signal,
  );
}
