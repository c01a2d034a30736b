import { createWriteStream, type WriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import {
  commandFailed,
  spawnTidemark,
  type Shell,
  type StartedProcess,
} from "./tidemark-process.ts";

/** Longer than its own patience with what it is writing. */
const STOP_PATIENCE_MS = 30_000;

/** A line of its log. */
export interface LogLine {
  readonly msg?: string;
  readonly source?: string;
  readonly through?: number;
}

/** `tidemark run`, its log in a file and in reach. */
export class TidemarkService implements AsyncDisposable {
  private readonly started: StartedProcess;
  private readonly log: WriteStream;
  private readonly lines: LogLine[] = [];
  private readonly waiters = new Set<() => void>();
  private lastWords: readonly string[] = [];
  private end: number | NodeJS.Signals | undefined;

  constructor(shell: Shell) {
    this.log = createWriteStream(join(shell.directory, "tidemark.log"), {
      flags: "a",
    });
    this.started = spawnTidemark(["run"], shell);
    const { child, ended } = this.started;
    child.stdout.pipe(this.log, { end: false });
    createInterface({ input: child.stderr }).on("line", (line) =>
      this.hear(line),
    );
    void ended.then(
      (end) => this.finish(end),
      () => this.finish(1),
    );
  }

  /** How many lines there are so far: for what is to come after now. */
  get heard(): number {
    return this.lines.length;
  }

  /** The first line from `after` on that `matches`; throws when the service ends before. */
  async until(
    matches: (line: LogLine) => boolean,
    signal: AbortSignal,
    after = 0,
  ): Promise<LogLine> {
    for (let next = after; ;) {
      for (; next < this.lines.length; next++) {
        const line = this.lines[next] as LogLine;
        if (matches(line)) return line;
      }
      if (this.end !== undefined) {
        throw commandFailed(
          "tidemark run",
          this.end,
          this.lastWords.join("\n"),
        );
      }
      await this.nextLine(signal);
    }
  }

  /** As systemd would: SIGTERM, and its exit code is to be 0. */
  async stop(): Promise<void> {
    if (this.end !== undefined) return;
    this.started.child.kill("SIGTERM");
    const patience = setTimeout(
      () => this.started.child.kill("SIGKILL"),
      STOP_PATIENCE_MS,
    );
    const end = await this.started.ended;
    clearTimeout(patience);
    if (end !== 0)
      throw commandFailed("tidemark run", end, this.lastWords.join("\n"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Who wants to know how it ended asks `stop`; here another error may be on its way already.
    await this.stop().catch(() => undefined);
    this.log.end();
    await finished(this.log);
  }

  private hear(line: string): void {
    this.log.write(`${line}\n`);
    this.lastWords = [...this.lastWords.slice(-9), line];
    this.lines.push(parseLine(line));
    this.wake();
  }

  private finish(end: number | NodeJS.Signals): void {
    this.end = end;
    this.wake();
  }

  private wake(): void {
    for (const waiter of this.waiters) waiter();
    this.waiters.clear();
  }

  private nextLine(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason as Error);
      if (signal.aborted) return stop();
      signal.addEventListener("abort", stop, { once: true });
      this.waiters.add(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
    });
  }
}

/** What is no JSON is not meant for programs: a warning of the runtime. */
function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return {};
  }
}
