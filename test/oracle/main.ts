import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startKafka } from "../support/kafka-server.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { startS3Server, useLogin } from "../support/s3-server.ts";
import { LivingServer } from "./living-server.ts";
import {
  parseOptions,
  USAGE,
  type ArchiveKind,
  type JournalKind,
  type OracleOptions,
} from "./options.ts";
import { planRound } from "./plan-round.ts";
import { createRandom } from "./random.ts";
import { dropDatabase } from "./restore-dump.ts";
import { runRound } from "./run-round.ts";
import { SLOT } from "./watch-slot.ts";

/*
 * The soak: rounds until the time is over, each with a seed of its own on the next of the versions. One JSON line a round, one at
 * the end; after a difference nothing is removed, and the exit code is 1.
 */

function say(document: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

async function soak(options: OracleOptions): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-oracle-"));
  await using stack = new AsyncDisposableStack();
  const servers = new Map<number, TestPostgres>();
  const deadline = Date.now() + options.minutes * 60_000;
  const { minutes, seed, majors, archives, journals, keep } = options;
  const s3 = archives.includes("s3")
    ? stack.use(await startS3Server())
    : undefined;
  if (s3 !== undefined) useLogin(s3.root);
  const kafka = journals.includes("kafka")
    ? stack.use(await startKafka())
    : undefined;
  say({ oracle: "begins", seed, minutes, majors, archives, journals, folder });
  const totals = {
    rounds: 0,
    dumps: 0,
    restored: 0,
    byTime: 0,
    refused: 0,
    transactions: 0,
  };
  for (let round = 0; Date.now() < deadline; round++) {
    const major = majors[round % majors.length] as number;
    const server = servers.get(major) ?? (await startPostgres(major));
    if (!servers.has(major)) stack.defer(() => server[Symbol.asyncDispose]());
    servers.set(major, server);
    const turn = Math.floor(round / majors.length);
    const archive = archives[turn % archives.length] as ArchiveKind;
    const bucket =
      s3 !== undefined && archive === "s3"
        ? {
            ...{ endpoint: s3.endpoint, login: s3.root },
            bucket: await s3.makeBucket(),
          }
        : undefined;
    const journal = journals[
      Math.floor(turn / archives.length) % journals.length
    ] as JournalKind;
    const places = {
      ...(bucket && { bucket }),
      ...(kafka !== undefined &&
        journal === "kafka" && {
          kafka: { brokers: kafka.brokers, prefix: `round-${round}.` },
        }),
    };
    const own = `${seed}/${round}`;
    const plan = planRound(createRandom(own).fork("plan"), options.intensity);
    const roundFolder = join(folder, `round-${round}`);
    await mkdir(roundFolder);
    const source = new LivingServer(server, await server.createDatabase());
    const startedMs = performance.now();
    try {
      const result = await runRound(
        {
          ...{ server, seed: own, plan, folder: roundFolder, places },
        },
        source,
        new AbortController().signal,
      );
      totals.rounds++;
      totals.dumps += result.dumps;
      totals.restored += result.restored;
      totals.byTime += result.byTime;
      totals.refused += result.refused;
      totals.transactions += result.archive.transactions;
      say({
        round,
        seed: own,
        major,
        kept: archive,
        journal,
        ...result,
        tookMs: tookMs(startedMs),
      });
    } catch (error) {
      say({
        ...{ round, seed: own, major, kept: archive, journal, plan },
        folder: roundFolder,
        ...{ database: source.url, failed: String(error) },
        stack: (error as Error).stack,
      });
      say({ oracle: "ends", seed, ...totals, ok: false });
      if (keep) await holdOpen();
      return false;
    }
    if (!keep) await clean(source, roundFolder);
  }
  say({ oracle: "ends", seed, ...totals, ok: true });
  if (!keep) await rm(folder, { recursive: true, force: true });
  return true;
}

function tookMs(startedMs: number): number {
  return Math.round(performance.now() - startedMs);
}

async function clean(source: LivingServer, folder: string): Promise<void> {
  {
    await using client = await source.connect();
    await client.query("SELECT pg_drop_replication_slot($1)", [SLOT]);
  }
  await dropDatabase(source.server, source.database);
  await rm(folder, { recursive: true, force: true });
}

/** The server is there to be looked at until somebody ends this process. */
async function holdOpen(): Promise<never> {
  process.stderr.write("the servers are kept until you press Ctrl-C\n");
  setInterval(() => undefined, 60_000);
  return await new Promise<never>(() => undefined);
}

let options: OracleOptions;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
  process.exit(2);
}
process.exit((await soak(options)) ? 0 : 1);
