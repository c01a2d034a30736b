import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { startPostgres, type TestPostgres } from "../test/support/postgres.ts";
import { archiveSource } from "./support/archive-source.ts";
import { median, report, scratch } from "./support/report.ts";
import { runScript } from "./support/run-script.ts";

const TABLES = ["items_a", "items_b"] as const;
const COLUMNS =
  "(id bigint NOT NULL, customer int NOT NULL, status text NOT NULL, amount numeric(12,2) NOT NULL, note text, at timestamptz NOT NULL)";

interface Restored {
  readonly seconds: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly changes: { readonly folded: number; readonly keys: number };
  readonly peakBytes: number;
}

interface Case {
  readonly updates: number;
  readonly directory: string;
  readonly archive: string;
  readonly source: string;
  readonly plain: number[];
  readonly restored: Restored[];
}

/**
 * A restore of `rows` rows with so many full-table UPDATEs since the base, against a plain two-stream COPY and key build of the same
 * final state. All archives are made first; then everything is measured in turn, so that a slow minute of the machine is everybody's.
 */
export async function benchRestore(options: {
  readonly rows: number;
  readonly updates: readonly number[];
  readonly runs: number;
}): Promise<void> {
  const signal = AbortSignal.timeout(3_600_000);
  await using postgres = await startPostgres(15, {
    settings: {
      max_wal_size: "16GB",
      shared_buffers: "512MB",
      maintenance_work_mem: "256MB",
    },
  });
  await using work = await scratch();
  const cases: Case[] = [];
  for (const updates of options.updates) {
    const directory = join(work.path, `${updates}`);
    await mkdir(directory);
    const made = await makeArchive(
      postgres,
      { rows: options.rows, updates, directory },
      signal,
    );
    cases.push({ updates, directory, ...made, plain: [], restored: [] });
  }
  await using client = await postgres.connect("postgres");
  for (let n = 0; n < options.runs; n++) {
    for (const { directory, archive, source, plain, restored } of cases) {
      plain.push(await plainCopy(postgres, directory));
      await client.query("CHECKPOINT");
      restored.push(
        await restoreOnce({
          ...{ archive, source, url: postgres.url("restored") },
          work: join(directory, `work-${n}`),
        }),
      );
      await client.query("DROP DATABASE restored");
      await client.query("CHECKPOINT");
    }
  }
  for (const one of cases) reportCase(options, one);
}

async function makeArchive(
  postgres: TestPostgres,
  of: {
    readonly rows: number;
    readonly updates: number;
    readonly directory: string;
  },
  signal: AbortSignal,
): Promise<Pick<Case, "archive" | "source">> {
  const database = await postgres.createDatabase();
  await using client = await postgres.connect(database);
  for (const [n, table] of TABLES.entries()) {
    await client.query(`CREATE TABLE ${table} ${COLUMNS}`);
    await client.query(
      `INSERT INTO ${table} SELECT i, i % 100000, 'placed', i % 1000, md5(i::text), timestamptz '2026-01-01' + i * interval '1 second'
         FROM generate_series(${n + 1}, ${of.rows}, ${TABLES.length}) i`,
    );
    await client.query(`ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
  }
  const made = await archiveSource(
    {
      url: postgres.url(database),
      directory: of.directory,
      change: async () => {
        for (let n = 0; n < of.updates; n++) {
          for (const table of TABLES) {
            await client.query(
              `UPDATE ${table} SET amount = amount + 1, status = 'round ${n}'`,
            );
            await client.query(`VACUUM ${table}`);
          }
        }
      },
    },
    signal,
  );
  for (const table of TABLES) {
    await pipeline(
      client.query(copyTo(`COPY ${table} TO STDOUT`)),
      createWriteStream(join(of.directory, table)),
    );
  }
  return made;
}

function reportCase(
  options: { readonly rows: number; readonly runs: number },
  { updates, plain, restored }: Case,
): void {
  const seconds = (of: (one: Restored) => number) => median(restored.map(of));
  const phase = (name: string) => (one: Restored) =>
    (one.phases[name] ?? 0) / 1000;
  const [fold, verify] = [phase("fold"), phase("verify")];
  const all = seconds((one) => one.seconds - verify(one));
  const other = seconds((one) => one.seconds - verify(one) - fold(one));
  const changes = options.rows * updates;
  report(
    "restore",
    { rows: options.rows, changes, runs: options.runs },
    {
      "restore s (without verify)": all,
      "plain COPY + keys s": median(plain),
      "ratio to plain": all / median(plain),
      "net change s": seconds(fold),
      "net change M changes/s": changes / seconds(fold) / 1e6,
      "load s": seconds(phase("load")),
      "keys s": seconds(phase("keys")),
      "other phases than net change s": other,
      "their ratio to plain": other / median(plain),
      "verify s": seconds(verify),
      "peak RSS MiB":
        Math.max(...restored.map((one) => one.peakBytes)) / 1048576,
    },
  );
}

async function plainCopy(
  postgres: TestPostgres,
  directory: string,
): Promise<number> {
  const database = await postgres.createDatabase();
  const clients = await Promise.all(
    TABLES.map(() => postgres.connect(database)),
  );
  const startedMs = performance.now();
  await Promise.all(
    TABLES.map(async (table, n) => {
      const client = clients[n] as (typeof clients)[number];
      await client.query(`CREATE TABLE ${table} ${COLUMNS}`);
      await pipeline(
        createReadStream(join(directory, table), { highWaterMark: 256 * 1024 }),
        client.query(copyFrom(`COPY ${table} FROM STDIN`)),
      );
      await client.query(`ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
    }),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  for (const client of clients) await client[Symbol.asyncDispose]();
  await using admin = await postgres.connect("postgres");
  await admin.query(`DROP DATABASE ${database}`);
  return seconds;
}

function restoreOnce(one: {
  readonly archive: string;
  readonly source: string;
  readonly url: string;
  readonly work: string;
}): Promise<Restored> {
  const { archive, source, url, work } = one;
  return runScript("restore-tidemark.ts", [archive, source, url, work]);
}
