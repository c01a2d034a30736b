import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../src/cli/demo/free-port.ts";
import { watchParent } from "../../src/cli/demo/parent-watch.ts";
import { killChild } from "./child-process.ts";
import {
  findMysqlBinaries,
  isMariadb,
  type MysqlBinaries,
  type MysqlVersion,
} from "./mysql-binaries.ts";
import { MysqlClient } from "./mysql-client.ts";
import { never } from "./never.ts";
import { uniqueName } from "./postgres-client.ts";
import { waitUntil } from "./wait-until.ts";

export interface MysqlStartOptions {
  /** Options of the server as in its option file, without dashes before them; `undefined` leaves one of ours out. */
  readonly settings?: Readonly<Record<string, string | number | undefined>>;
}

/** Whoever logs in. */
export interface MysqlUser {
  readonly user: string;
  readonly password: string;
}

/** A server on loopback with a data directory of its own, both gone with the result. root needs no password. */
export interface TestMysql extends AsyncDisposable {
  readonly version: MysqlVersion;
  readonly flavour: "mysql" | "mariadb";
  readonly host: string;
  readonly port: number;
  readonly socket: string;
  readonly dataDirectory: string;
  /** Where mysqlbinlog and the like are. */
  readonly bin: string;
  /** Of root unless somebody else is named. */
  url(database?: string, user?: MysqlUser): string;
  /** As root: one or more statements, the rows of the last that has any. */
  query<Row = Record<string, string | null>>(
    sql: string,
  ): Promise<readonly Row[]>;
  /** A session of its own, of root unless somebody else is named. */
  connect(database?: string, user?: MysqlUser): MysqlClient;
  /** An empty database with a name of its own. */
  createDatabase(): Promise<string>;
  /** A user with a name and a password of its own, and these rights: `SELECT ON *.*`. */
  createUser(...rights: readonly string[]): Promise<MysqlUser>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** With other settings for the options named, from now on. */
  restart(settings?: MysqlStartOptions["settings"]): Promise<void>;
  /** SIGKILL; `start` recovers it on the same port. */
  kill(): Promise<void>;
}

type Settings = NonNullable<MysqlStartOptions["settings"]>;

/** What Tidemark asks of a source, and no waiting for a disk: a killed process loses nothing that the kernel has. */
const SETTINGS: Settings = {
  "bind-address": "127.0.0.1",
  "skip-name-resolve": "ON",
  "log-bin": "binlog",
  "server-id": 1,
  "binlog-format": "ROW",
  "binlog-row-image": "FULL",
  "binlog-row-metadata": "FULL",
  "sync-binlog": 1,
  "innodb-flush-log-at-trx-commit": 1,
  "innodb-buffer-pool-size": "64M",
  "innodb-flush-method": "nosync",
  "local-infile": "ON",
  "secure-file-priv": "",
  "character-set-server": "utf8mb4",
  "max-allowed-packet": "256M",
};

const MYSQL_SETTINGS: Settings = {
  mysqlx: "OFF",
  "gtid-mode": "ON",
  "enforce-gtid-consistency": "ON",
  "innodb-redo-log-capacity": "64M",
};

const STOP_PATIENCE_MS = 30_000;

export async function startMysqlServer(
  version: MysqlVersion,
  options: MysqlStartOptions = {},
): Promise<TestMysql> {
  const binaries = findMysqlBinaries(version);
  if (binaries === undefined) {
    throw new Error(`no ${version}: run scripts/test-services.sh`);
  }
  await using stack = new AsyncDisposableStack();
  // A short path: a socket's may have 104 bytes.
  const root = await mkdtemp(
    join(process.env["TIDEMARK_TEST_RUN_DIRECTORY"] ?? tmpdir(), "my-"),
  );
  stack.defer(() => rm(root, { recursive: true, force: true }));
  const dataDirectory = join(root, "data");
  await cp(binaries.template, dataDirectory, { recursive: true });
  const port = await findFreePort(never);
  const socket = join(root, "s");
  const server = new Server(
    { version, binaries, root, dataDirectory, port, socket },
    options.settings ?? {},
  );
  stack.defer(() => server.kill());
  const url = (database = "", user?: MysqlUser) => {
    const login = user ?? { user: "root", password: "" };
    return `mysql://${login.user}:${login.password}@127.0.0.1:${port}/${database}`;
  };
  const inside = stack.use(new MysqlClient(() => url()));
  server.isReady = async () => {
    await using client = new MysqlClient(() => url());
    return await client.query("SELECT 1").then(
      () => true,
      () => false,
    );
  };
  await server.start();
  const owned = stack.move();
  const query = <Row>(sql: string) => inside.query<Row>(sql);
  return {
    ...{ version, port, socket, dataDirectory, url, query },
    flavour: isMariadb(version) ? "mariadb" : "mysql",
    host: "127.0.0.1",
    bin: binaries.bin,
    connect: (database, user) => new MysqlClient(() => url(database, user)),
    createDatabase: async () => {
      const name = uniqueName("test");
      await query(`CREATE DATABASE ${name}`);
      return name;
    },
    createUser: async (...rights) => {
      const login = { user: uniqueName("u"), password: "not-a-secret" };
      await query(`CREATE USER ${login.user} IDENTIFIED BY 'not-a-secret'`);
      for (const right of rights)
        await query(`GRANT ${right} TO ${login.user}`);
      return login;
    },
    start: () => server.start(),
    stop: () => server.stop(),
    kill: () => server.kill(),
    restart: async (settings) => {
      await server.stop();
      await server.start(settings);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Place {
  readonly version: MysqlVersion;
  readonly binaries: MysqlBinaries;
  readonly root: string;
  readonly dataDirectory: string;
  readonly port: number;
  readonly socket: string;
}

class Server {
  isReady: () => Promise<boolean> = async () => true;
  private readonly place: Place;
  private settings: Settings;
  private running: { child: ChildProcess; watch: Disposable } | undefined;

  constructor(place: Place, settings: Settings) {
    this.place = place;
    this.settings = {
      ...SETTINGS,
      ...(isMariadb(place.version) ? {} : MYSQL_SETTINGS),
      ...settings,
    };
  }

  async start(settings: Settings = {}): Promise<void> {
    if (this.running !== undefined) return;
    this.settings = { ...this.settings, ...settings };
    const { version, binaries, root } = this.place;
    const log = openSync(this.logFile, "a");
    const child = spawn(
      join(binaries.bin, isMariadb(version) ? "mariadbd" : "mysqld"),
      this.arguments(),
      { stdio: ["ignore", log, log], cwd: root, detached: true },
    );
    closeSync(log);
    await once(child, "spawn");
    const running = { child, watch: watchParent(child.pid as number) };
    this.running = running;
    child.once("exit", () => {
      running.watch[Symbol.dispose]();
      if (this.running === running) this.running = undefined;
    });
    await waitUntil(
      `${version} takes connections`,
      async () => {
        if (this.running !== running) {
          const said = await readFile(this.logFile, "utf8");
          throw new Error(`${version} ended: ${said.slice(-3000)}`);
        }
        return await this.isReady();
      },
      90_000,
    );
  }

  async stop(): Promise<void> {
    const child = this.running?.child;
    if (child === undefined) return;
    const gone = once(child, "exit", {
      signal: AbortSignal.timeout(STOP_PATIENCE_MS),
    });
    child.kill("SIGTERM");
    await gone;
  }

  async kill(): Promise<void> {
    const child = this.running?.child;
    if (child !== undefined) await killChild(child);
  }

  private get logFile(): string {
    return join(this.place.root, "log");
  }

  private arguments(): readonly string[] {
    const { version, binaries, root, dataDirectory, port, socket } = this.place;
    const share = join(binaries.basedir, "share");
    return [
      "--no-defaults",
      ...(process.getuid?.() === 0 ? ["--user=root"] : []),
      `--basedir=${binaries.basedir}`,
      `--datadir=${dataDirectory}`,
      `--plugin-dir=${join(binaries.basedir, "lib/mysql/plugin")}`,
      ...(version === "mariadb-11.8"
        ? [`--lc-messages-dir=${join(share, "mariadb")}`]
        : [`--lc-messages-dir=${join(share, "mysql")}`]),
      `--tmpdir=${root}`,
      `--pid-file=${join(root, "pid")}`,
      `--socket=${socket}`,
      `--port=${port}`,
      ...Object.entries(this.settings).flatMap(([name, value]) =>
        value === undefined ? [] : [`--${name}=${value}`],
      ),
    ];
  }
}
