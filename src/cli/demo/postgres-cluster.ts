import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  access,
  appendFile,
  chown,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { TidemarkError } from "../../core/errors.ts";
import { makeOwnedDirectory, type ServerAccount } from "./server-account.ts";

/** Parameters of postgresql.conf; values as one writes them there, without quotes. */
export type ServerSettings = Readonly<Record<string, string | number>>;

/** Servers of the demo and the tests start without what the user's shell has set: PGDATA, PGHOST, locale. */
export const SERVER_ENVIRONMENT = {
  PATH: "/usr/bin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
};

/** A server to capture from, and as durable as a real one. */
const SETTINGS: ServerSettings = {
  listen_addresses: "127.0.0.1",
  wal_level: "logical",
  max_wal_senders: 20,
  max_replication_slots: 20,
  fsync: "on",
  log_min_messages: "warning",
  timezone: "UTC",
  log_timezone: "UTC",
};

const PASSWORD_FILE = "tidemark.password";

export interface ClusterOptions {
  /** Holds bin/initdb. */
  readonly binaries: string;
  readonly dataDirectory: string;
  readonly account: ServerAccount;
  readonly settings: ServerSettings;
}

/** Makes the data directory if there is none, writes the settings, and returns the password of user postgres. */
export async function prepareCluster(
  options: ClusterOptions,
  signal: AbortSignal,
): Promise<string> {
  const { dataDirectory, account } = options;
  const passwordFile = join(dataDirectory, PASSWORD_FILE);
  // Written last: a directory that holds something and not this is half made, or not ours to give to the server's user.
  const isMade = await exists(passwordFile);
  if (!isMade) await refuseOccupied(dataDirectory);
  await makeOwnedDirectory(dataDirectory, account);
  if (!isMade) await initdb(options, signal);
  await writeOwned(
    join(dataDirectory, "tidemark.conf"),
    formatSettings({ ...SETTINGS, ...options.settings }),
    account,
  );
  return await readFile(passwordFile, "utf8");
}

async function refuseOccupied(directory: string): Promise<void> {
  const entries = await readdir(directory).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
  if (entries.length === 0) return;
  throw new TidemarkError(
    "PREFLIGHT",
    `${directory} is not empty, and no Postgres that was made here`,
    { hint: "give a missing or an empty directory, or delete this one" },
  );
}

async function initdb(
  { binaries, dataDirectory, account }: ClusterOptions,
  signal: AbortSignal,
): Promise<void> {
  const password = randomBytes(18).toString("base64url");
  // Beside the data directory, because initdb wants that one empty.
  const passwordFile = `${dataDirectory}.password`;
  await writeOwned(passwordFile, password, account);
  try {
    await promisify(execFile)(
      join(binaries, "bin", "initdb"),
      [
        ...["--pgdata", dataDirectory, "--username", "postgres"],
        ...["--encoding", "UTF8", "--no-locale", "--no-sync"],
        ...["--auth", "scram-sha-256", "--pwfile", passwordFile],
      ],
      { ...account, env: SERVER_ENVIRONMENT, cwd: "/", signal },
    );
  } catch (cause) {
    signal.throwIfAborted();
    throw new TidemarkError(
      "SERVER_UNREACHABLE",
      `initdb could not make a Postgres in ${dataDirectory}: ${(cause as Error).message.trim()}`,
      { cause },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  await appendFile(
    join(dataDirectory, "postgresql.conf"),
    "\ninclude_if_exists = 'tidemark.conf'\n",
  );
  await writeOwned(join(dataDirectory, PASSWORD_FILE), password, account);
}

async function writeOwned(
  file: string,
  text: string,
  account: ServerAccount,
): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  if (account !== undefined) await chown(file, account.uid, account.gid);
}

function formatSettings(settings: ServerSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      const quoted = String(value).replaceAll("'", "''");
      return `${name} = '${quoted}'\n`;
    })
    .join("");
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
