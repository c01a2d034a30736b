import { readFile } from "node:fs/promises";
import { never } from "../support/never.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { waitUntil } from "../support/wait-until.ts";
import { reaches, readArchive } from "./archive-reader.ts";
import { dumpDatabase, type SourceDump } from "./dump.ts";
import {
  describeEnd,
  Installation,
  type Places,
  SOURCE,
} from "./installation.ts";
import { LivingServer } from "./living-server.ts";
import { watchSlot } from "./watch-slot.ts";
import { createWorkload, type Workload } from "./workload.ts";

const JOURNAL = "journal";
const PATIENCE_MS = 120_000;

/** One prepared source with a base, whose `tidemark` dies again and again, always over the same journal and archive. */
export class CrashSite {
  readonly server: TestPostgres;
  readonly installation: Installation;
  private readonly source: LivingServer;
  private readonly workload: Workload;
  private readonly stack: AsyncDisposableStack;

  private constructor(
    parts: Pick<CrashSite, "server" | "installation">,
    work: { readonly source: LivingServer; readonly workload: Workload },
    stack: AsyncDisposableStack,
  ) {
    this.server = parts.server;
    this.installation = parts.installation;
    this.source = work.source;
    this.workload = work.workload;
    this.stack = stack;
  }

  /** With journal and archive in a folder, or in the places given. */
  static async open(
    major: number,
    seed: string,
    places?: Places,
  ): Promise<CrashSite> {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await startPostgres(major));
    const folder = stack.use(await tempDirectory());
    const source = new LivingServer(server, await server.createDatabase());
    const installation = stack.use(
      await Installation.make(folder.path, source.url, places),
    );
    const workload = createWorkload({
      seed,
      connect: () => source.connect(),
      intensity: { keys: 20, steps: 3, big: 0, bigRows: 100 },
      transactions: 5,
    });
    await workload.setup();
    await installation.tidemark(["prepare", SOURCE]);
    const site = new CrashSite(
      { server, installation },
      { source, workload },
      stack.move(),
    );
    const run = await installation.run({ journal: JOURNAL });
    await site.until("a base", async () => {
      return ((await readArchive(installation.archive))?.bases.length ?? 0) > 0;
    });
    await run.kill();
    return site;
  }

  /** While the source is written to, `run` goes on until it dies at that place; returns what the source held then. */
  async crashRun(failpoint: string): Promise<SourceDump> {
    const run = await this.installation.run({
      journal: JOURNAL,
      env: { TIDEMARK_FAILPOINT: failpoint },
    });
    await this.until(`${failpoint} is come to`, async () => {
      await this.write();
      return run.end !== undefined;
    });
    if (run.end?.signal !== "SIGKILL") {
      const log = await readFile(this.installation.log, "utf8");
      throw new Error(
        `run ended with ${JSON.stringify(run.end)}: ${log.slice(-2_000)}`,
      );
    }
    return await this.dump();
  }

  /** A process without a failpoint goes on from there, and stays: the archive passes the dump. */
  async recover(dump: SourceDump): Promise<void> {
    await this.installation.run({ journal: JOURNAL });
    await this.settle(dump);
  }

  async settle({ position }: SourceDump): Promise<void> {
    const { archive } = this.installation;
    await this.write();
    await this.until("the archive passes the dump", async () =>
      reaches(await readArchive(archive), position),
    );
  }

  /** Beside `run`, a base dies at that place. */
  async crashBase(failpoint: string): Promise<void> {
    const { ended } = await this.installation.command(["base", SOURCE], {
      env: { TIDEMARK_FAILPOINT: failpoint },
    });
    const end = await ended;
    if (end.signal === "SIGKILL") return;
    throw new Error(`base did not die at ${failpoint}: ${describeEnd(end)}`);
  }

  /** Runs beside everything else; see watchSlot. */
  watch(signal: AbortSignal): Promise<number> {
    return watchSlot(this.source, this.installation.archive, signal);
  }

  /** A few transactions, and a marker: what is awaited is archived at once. */
  private async write(): Promise<void> {
    await this.workload.run(1, never);
    await using client = await this.source.connect();
    await client.query("SELECT tidemark.record('marker', 'here', '{}')");
  }

  dump(): Promise<SourceDump> {
    return dumpDatabase((options) => this.source.connect(options));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stack.disposeAsync();
  }

  private until(
    what: string,
    holds: () => boolean | Promise<boolean>,
  ): Promise<void> {
    return waitUntil(what, holds, PATIENCE_MS);
  }
}
