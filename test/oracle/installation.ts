import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSourceName } from "../../src/core/source-name.ts";
import { kafkaAdmin } from "../support/kafka-client.ts";
import { runFailpoints } from "./crash-places.ts";
import type { OracleSource } from "./engine.ts";
import type { Random } from "./random.ts";
import type { RemoteService, ServiceDisturbance } from "./remote-service.ts";
import type { S3Login } from "../support/s3-server.ts";
import { spawnCli, type EndedCli } from "../support/spawn-cli.ts";

const BIN = fileURLToPath(new URL("../../bin/tidemark.mjs", import.meta.url));

/** The one source of an installation. */
export const SOURCE = parseSourceName("oracle");

/** The exit code for a server or a store that is away. */
const UNREACHABLE = 8;

export interface RunEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A `tidemark run` at work. */
export interface RunProcess {
  readonly journal: string;
  readonly ended: Promise<RunEnd>;
  readonly end: RunEnd | undefined;
  /** As the power goes: SIGKILL. */
  kill(): Promise<void>;
  /** As an operator asks. */
  stop(): Promise<RunEnd>;
}

/** A bucket that is the archive of one installation. */
export interface Bucket {
  readonly endpoint: string;
  readonly bucket: string;
  readonly login: S3Login;
  /** Where it can be disturbed. */
  readonly service?: RemoteService;
}

/** As a configuration names it. */
export type ConfiguredSource = Pick<OracleSource, "configuredAs" | "url">;
/** Brokers that keep the journals of one installation. */
export interface Brokers {
  readonly brokers: readonly string[];
  /** What its topics are called before a journal's name. */
  readonly prefix: string;
  readonly service?: RemoteService;
}

/** Where an installation keeps what is not in its folder. */
export interface Places {
  readonly bucket?: Bucket;
  readonly kafka?: Brokers;
}

export interface CliSettings {
  /** With which journal; only `run` touches it. */
  readonly journal?: string;
  /** Without a configuration and what it names. */
  readonly bare?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** A configuration, journals and an archive in one folder, and the published program at work on them. */
export class Installation {
  readonly folder: string;
  /** As `--archive` takes it. */
  readonly archive: string;
  /** Where its `run` may die. */
  readonly failpoints: readonly string[];
  private readonly source: ConfiguredSource;
  private readonly bucket: Bucket | undefined;
  private readonly kafka: Brokers | undefined;
  private readonly runs = new Set<RunProcess>();
  /** By the journal in it. */
  private readonly configurations = new Map<string, Promise<string>>();

  private constructor(
    folder: string,
    source: ConfiguredSource,
    places: Places,
  ) {
    const { bucket, kafka } = places;
    this.failpoints = runFailpoints(places);
    this.kafka = kafka;
    this.folder = folder;
    this.archive =
      bucket === undefined
        ? join(folder, "archive")
        : `s3://${bucket.bucket}/oracle?endpoint=${bucket.endpoint}`;
    this.source = source;
    this.bucket = bucket;
  }

  /** With journals and archive in the folder, or in the places given. */
  static async make(
    folder: string,
    source: ConfiguredSource,
    places: Places = {},
  ): Promise<Installation> {
    await mkdir(join(folder, "bare"), { recursive: true });
    return new Installation(folder, source, places);
  }

  /** Whether two processes may write one journal, and the later one takes it from the other. */
  get sharesJournals(): boolean {
    return this.kafka !== undefined;
  }

  /** As if it had never been there; nobody may be writing it. */
  async loseJournal(journal: string): Promise<void> {
    if (this.kafka === undefined) {
      const folder = this.journalFolder(journal);
      await rm(folder, { recursive: true, force: true });
      return;
    }
    const { brokers } = this.kafka;
    const topic = `${this.topicPrefix(this.kafka, journal)}${SOURCE}`;
    await using admin = await kafkaAdmin(brokers);
    if ((await admin.client.listTopics()).includes(topic))
      await admin.client.deleteTopics({ topics: [topic] });
  }

  /** Throws where the service that it is about cannot be disturbed. */
  async disturb(what: ServiceDisturbance, random: Random): Promise<void> {
    const { service } =
      (what.endsWith("broker") ? this.kafka : this.bucket) ?? {};
    if (service === undefined) throw new Error(`no ${what} here`);
    if (what.startsWith("kill")) await service.living.killAndStart();
    else await service.cut(random);
  }

  private topicPrefix({ prefix }: Brokers, journal: string): string {
    return `${prefix}${journal}.`;
  }

  private journalKeys(journal: string): string {
    if (this.kafka === undefined) return `directory: ./${journal}`;
    const { brokers } = this.kafka;
    return `kafka: { brokers: ${JSON.stringify(brokers)}, topicPrefix: ${this.topicPrefix(this.kafka, journal)}, replicationFactor: 1, workDirectory: ./work }`;
  }

  journalFolder(journal: string): string {
    return join(this.folder, journal);
  }

  /** Where `run` writes what it has to say, over all its lives. */
  get log(): string {
    return join(this.folder, "run.log");
  }

  /** Runs a command to its end; `child` may be killed before. */
  async command(argv: readonly string[], settings: CliSettings = {}) {
    const { bare = false, env = {} } = settings;
    const config = bare ? [] : ["--config", await this.configure(settings)];
    return spawnCli([...config, "--json", ...argv], {
      cwd: bare ? join(this.folder, "bare") : this.folder,
      env: {
        ...(bare ? {} : { SOURCE_URL: this.source.url }),
        ...this.login,
        ...env,
      },
    });
  }

  /** As whoever reads its exit code: what ended because a service was away is begun again once it is back. */
  async persist(begin: () => Promise<EndedCli>): Promise<EndedCli> {
    const services = [this.kafka?.service, this.bucket?.service].flatMap(
      (service) => (service === undefined ? [] : [service.living]),
    );
    const absences = () =>
      services.reduce((sum, service) => sum + service.absences, 0);
    for (;;) {
      for (const { whenUp } of services) await whenUp;
      const before = absences();
      const end = await begin();
      if (end.exitCode !== UNREACHABLE || before === absences()) return end;
    }
  }

  /** A command that has to succeed, sooner or later: the document that it wrote. */
  async tidemark(
    argv: readonly string[],
    settings: CliSettings = {},
  ): Promise<Record<string, unknown>> {
    const ended = await this.persist(
      async () => (await this.command(argv, settings)).ended,
    );
    if (ended.exitCode === 0) {
      return JSON.parse(ended.stdout) as Record<string, unknown>;
    }
    throw new Error(`tidemark ${argv.join(" ")} failed: ${describeEnd(ended)}`);
  }

  async run(settings: CliSettings & { journal: string }): Promise<RunProcess> {
    const config = await this.configure(settings);
    await using log = await open(this.log, "a");
    await log.write(`--- run with ${settings.journal}\n`);
    const child = spawn(process.execPath, [BIN, "--config", config, "run"], {
      cwd: this.folder,
      env: {
        PATH: process.env["PATH"],
        SOURCE_URL: this.source.url,
        ...this.login,
        ...settings.env,
      },
      stdio: ["ignore", log.fd, log.fd],
    });
    let end: RunEnd | undefined;
    const ended = (
      once(child, "exit") as Promise<[RunEnd["exitCode"], RunEnd["signal"]]>
    ).then(([exitCode, signal]) => (end = { exitCode, signal }));
    const run: RunProcess = {
      journal: settings.journal,
      ended,
      get end() {
        return end;
      },
      kill: async () => {
        child.kill("SIGKILL");
        await ended;
      },
      stop: async () => {
        child.kill("SIGTERM");
        return await ended;
      },
    };
    this.runs.add(run);
    void ended.then(() => this.runs.delete(run));
    return run;
  }

  /** Nothing of it goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.runs].map((run) => run.kill()));
  }

  private get login(): Readonly<Record<string, string>> {
    if (this.bucket === undefined) return {};
    const { accessKeyId, secretAccessKey } = this.bucket.login;
    return {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
  }

  /** Written once: a command that reads it may run beside the next. */
  private configure({ journal = "journal" }: CliSettings): Promise<string> {
    const known = this.configurations.get(journal);
    const path = known ?? this.writeConfiguration(journal);
    this.configurations.set(journal, path);
    return path;
  }

  private async writeConfiguration(journal: string): Promise<string> {
    const path = join(this.folder, `tidemark-${journal}.yaml`);
    const archive =
      this.bucket === undefined
        ? "directory: ./archive"
        : `s3: { bucket: ${this.bucket.bucket}, prefix: oracle, endpoint: "${this.bucket.endpoint}" }`;
    await writeFile(
      path,
      `sources:
  ${SOURCE}: { ${this.source.configuredAs}: "\${SOURCE_URL}", rpo: 1s }
journal: { ${this.journalKeys(journal)} }
archive: [{ ${archive} }]
http: { listen: "127.0.0.1:0" }
`,
    );
    return path;
  }
}

export function describeEnd(ended: EndedCli): string {
  const how = ended.signal ?? `exit code ${ended.exitCode}`;
  return `${how}: ${ended.stderr.trim().slice(-2_000)} ${ended.stdout.trim().slice(-2_000)}`;
}
