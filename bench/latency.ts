import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openCatalog } from "../src/archive/catalog.ts";
import type { JournalRecord } from "../src/core/journal-record.ts";
import { parseSourceName } from "../src/core/source-name.ts";
import { PostgresSourceAdmin } from "../src/engine/postgres/admin/postgres-source-admin.ts";
import { PostgresChangeSource } from "../src/engine/postgres/source/postgres-change-source.ts";
import { openDirectoryJournal } from "../src/journal/directory/directory-journal.ts";
import type { Journal, JournalWriter } from "../src/journal/journal.ts";
import { systemClock } from "../src/platform/clock.ts";
import { silentLogger } from "../src/platform/logger.ts";
import { runSource } from "../src/services/run-source.ts";
import { openDirectoryStore } from "../src/storage/directory/directory-store.ts";
import { startPostgres } from "../test/support/postgres.ts";
import { addressOf } from "../test/support/postgres-source.ts";
import { runPostgresTool } from "./support/postgres-tool.ts";
import { report, scratch } from "./support/report.ts";

const RATE = 200;
const ROWS = 10;

/**
 * From a transaction's own commit time to its being durable in the journal, at 200 transactions of 10 rows a second, archive
 * included; against a bare loop of writes with fdatasync on the same disk, as many a second, right before it.
 */
export async function benchLatency(options: {
  readonly seconds: number;
}): Promise<void> {
  const stop = new AbortController();
  await using postgres = await startPostgres(15, { settings: { fsync: "on" } });
  await using work = await scratch();
  const database = await postgres.createDatabase();
  const url = postgres.url(database);
  await using client = await postgres.connect(database);
  await client.query(
    "CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text NOT NULL)",
  );
  const bare = await bareLoop(work.path, options.seconds);
  const source = parseSourceName("bench");
  const address = addressOf(url);
  const admin = new PostgresSourceAdmin(source, address);
  await admin.prepare(await admin.planPrepare(stop.signal), stop.signal);
  const store = await openDirectoryStore({
    directory: join(work.path, "archive"),
  });
  const latencies: number[] = [];
  const journal = timed(
    await openDirectoryJournal({ directory: join(work.path, "journal") }),
    latencies,
  );
  const identity = {
    store,
    source,
    clock: systemClock,
    by: "bench",
    logger: silentLogger,
  };
  const running = runSource(
    {
      ...identity,
      admin,
      journal,
      tables: [],
      openChanges: () =>
        new PostgresChangeSource({ source, address, includes: () => true }),
      catalog: await openCatalog(identity, stop.signal),
      rpoMs: 10_000,
      shutdownMs: 0,
      workFolder: join(work.path, "work"),
    },
    stop.signal,
  ).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  // A first transaction, so that everything is loaded and the stream is up.
  await client.query("INSERT INTO events (payload) VALUES ('first')");
  while (latencies.length === 0) await delay(10);
  latencies.length = 0;
  await load(url, work.path, options.seconds);
  await delay(500);
  stop.abort();
  await running;
  report(
    "latency",
    { seconds: options.seconds, rate: RATE, rows: ROWS },
    {
      transactions: latencies.length,
      "commit to durable p50 ms": percentile(latencies, 50),
      "commit to durable p99 ms": percentile(latencies, 99),
      "bare write + fdatasync p50 ms": percentile(bare, 50),
      "bare write + fdatasync p99 ms": percentile(bare, 99),
      "ratio of p99": percentile(latencies, 99) / percentile(bare, 99),
    },
  );
}

async function load(
  url: string,
  directory: string,
  seconds: number,
): Promise<void> {
  const script = join(directory, "load.sql");
  const insert = `INSERT INTO events (payload) SELECT md5(g::text) FROM generate_series(1, ${ROWS}) g;\n`;
  await writeFile(script, insert);
  await runPostgresTool("pgbench", url, {
    args: [
      ...["-n", "-c", "4", "-R", String(RATE)],
      ...["-T", String(seconds), "-f", script],
    ],
  });
}

/** What the disk takes for as much, as often. */
async function bareLoop(directory: string, seconds: number): Promise<number[]> {
  await using file = await open(join(directory, "bare"), "w");
  const bytes = Buffer.alloc(1024, "x");
  const latencies: number[] = [];
  for (let n = 0; n < seconds * RATE; n++) {
    const startedMs = performance.now();
    await file.write(bytes);
    await file.datasync();
    const tookMs = performance.now() - startedMs;
    latencies.push(tookMs);
    await delay(Math.max(0, 1000 / RATE - tookMs));
  }
  return latencies;
}

function timed(journal: Journal, latencies: number[]): Journal {
  return {
    openWriter: async (source, signal) =>
      timedWriter(await journal.openWriter(source, signal), latencies),
    read: (...args) => journal.read(...args),
    find: (...args) => journal.find(...args),
    trim: (...args) => journal.trim(...args),
    [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
  };
}

function timedWriter(
  writer: JournalWriter,
  latencies: number[],
): JournalWriter {
  return {
    get head() {
      return writer.head;
    },
    begin: (...args) => writer.begin(...args),
    append: async (records: readonly JournalRecord[], signal) => {
      await writer.append(records, signal);
      const nowMs = performance.timeOrigin + performance.now();
      for (const record of records) {
        if (record.kind !== "part" || record.header.commit === undefined)
          continue;
        latencies.push(
          nowMs - Number(record.header.commit.rawCommittedAt) / 1000,
        );
      }
    },
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[
    Math.min(sorted.length - 1, Math.floor((sorted.length * share) / 100))
  ] as number;
}
