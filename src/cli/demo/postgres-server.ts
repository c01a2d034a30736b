import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { TidemarkError } from "../../core/errors.ts";
import { sleep } from "../../platform/sleep.ts";
import { findFreePort, isPortFree } from "./free-port.ts";
import { watchParent } from "./parent-watch.ts";
import { type ClusterOptions, SERVER_ENVIRONMENT } from "./postgres-cluster.ts";
import { killTree } from "./process-tree.ts";

/** A fast stop waits for walsenders whose clients read no more: after this long it becomes an immediate one. */
const STOP_PATIENCE_MS = 15_000;
const START_PATIENCE_MS = 60_000;

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<void>;
  readonly watch: Disposable;
}

export interface ServerOptions extends ClusterOptions {
  readonly password: string;
  /** Let go of when the server has ended. */
  readonly resources: AsyncDisposable;
}

/** One Postgres of our own: a child process with a port on the loopback and a socket in its own data directory. */
export class PostgresServer implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly dataDirectory: string;
  /** undefined where the path is too long for a socket. */
  readonly socketDirectory: string | undefined;
  readonly password: string;
  readonly #options: ServerOptions;
  #port = 0;
  #running: Running | undefined;

  private constructor(options: ServerOptions) {
    this.#options = options;
    this.dataDirectory = options.dataDirectory;
    this.password = options.password;
    // sun_path holds 104 bytes on some systems, and the socket is /.s.PGSQL.<port> below; nobody else may enter there.
    const fits = Buffer.byteLength(options.dataDirectory) < 80;
    this.socketDirectory = fits ? options.dataDirectory : undefined;
  }

  /** Starts the server of a data directory that `prepareCluster` has made. */
  static async open(
    options: ServerOptions,
    signal: AbortSignal,
  ): Promise<PostgresServer> {
    const server = new PostgresServer(options);
    try {
      await server.start(signal);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The same over restarts. */
  get port(): number {
    return this.#port;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  url(database: string): string {
    return `postgres://postgres:${this.password}@${this.host}:${this.#port}/${encodeURIComponent(database)}`;
  }

  /** Resolves when the server takes connections. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#running !== undefined) return;
    const chosen = this.#port;
    for (let attempt = 1; ; attempt++) {
      this.#port = chosen === 0 ? await findFreePort(signal) : chosen;
      if (await this.#tryStart(signal)) return;
      // Between the choice of a port and its use somebody else may have come.
      const taken = !(await isPortFree(this.#port));
      if (chosen === 0 && taken && attempt < 5) continue;
      throw new TidemarkError(
        "SERVER_UNREACHABLE",
        `Postgres did not start in ${this.dataDirectory}: ${await this.#lastWords()}`,
        taken ? { hint: `port ${this.#port} is taken: free it` } : {},
      );
    }
  }

  /** Fast: open sessions are ended, everything committed is on disk. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.child.ref();
    running.child.kill("SIGINT");
    const patience = new AbortController();
    const ended = await Promise.race([
      running.ended.then(() => true),
      delay(STOP_PATIENCE_MS, false, { signal: patience.signal }),
    ]);
    patience.abort();
    if (!ended) await this.kill();
  }

  /** The power cut: every process of the server dies at once, without a word. */
  async kill(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.child.ref();
    await killTree(running.pid, AbortSignal.timeout(STOP_PATIENCE_MS));
    await running.ended;
  }

  async restart(signal: AbortSignal): Promise<void> {
    await this.stop();
    await this.start(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#options.resources[Symbol.asyncDispose]();
  }

  /** False when the server ended instead. */
  async #tryStart(signal: AbortSignal): Promise<boolean> {
    const running = await this.#spawn();
    this.#running = running;
    let ended = false;
    void running.ended.then(() => {
      ended = true;
      running.watch[Symbol.dispose]();
      if (this.#running === running) this.#running = undefined;
    });
    const patience = AbortSignal.any([
      signal,
      AbortSignal.timeout(START_PATIENCE_MS),
    ]);
    try {
      while (!(await this.#isReady(running.pid))) {
        if (ended) return false;
        await sleep(10, patience);
      }
      return true;
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async #spawn(): Promise<Running> {
    const { binaries, account } = this.#options;
    const log = openSync(this.#logFile, "a", 0o600);
    try {
      const child = spawn(
        join(binaries, "bin", "postgres"),
        [
          ...["-D", this.dataDirectory, "-p", String(this.#port)],
          ...["-c", `unix_socket_directories=${this.socketDirectory ?? ""}`],
        ],
        {
          ...account,
          stdio: ["ignore", log, log],
          env: SERVER_ENVIRONMENT,
          cwd: "/",
          // Ctrl-C is for us: we decide when the server stops.
          detached: true,
        },
      );
      const ended = new Promise<void>((resolve) => {
        child.once("exit", () => resolve());
      });
      await once(child, "spawn");
      const pid = child.pid as number;
      const watch = watchParent(pid);
      child.unref();
      return { child, pid, ended, watch };
    } catch (cause) {
      throw new TidemarkError(
        "SERVER_UNREACHABLE",
        `cannot run ${binaries}/bin/postgres: ${(cause as Error).message}`,
        { cause },
      );
    } finally {
      closeSync(log);
    }
  }

  /** As pg_ctl asks: the eighth line of postmaster.pid, once the file is this process's. */
  async #isReady(pid: number): Promise<boolean> {
    try {
      const file = join(this.dataDirectory, "postmaster.pid");
      const lines = (await readFile(file, "utf8")).split("\n");
      return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
  }

  async #lastWords(): Promise<string> {
    const log = await readFile(this.#logFile, "utf8");
    return log.trimEnd().split("\n").slice(-5).join(" · ");
  }

  get #logFile(): string {
    return join(this.dataDirectory, "server.log");
  }
}
