import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { TestMysql } from "../test/support/mysql-server.ts";
import { archiveSource } from "./support/archive-source.ts";
import { lastLogFile, startBenchMysql } from "./support/bench-mysql.ts";
import { defineRepeat, repeat, series } from "./support/mysql-loads.ts";
import { replay, runMysqlTool } from "./support/mysql-tool.ts";
import { median, report, scratch } from "./support/report.ts";
import { runScript } from "./support/run-script.ts";

const TABLES = ["items_a", "items_b"] as const;
const COLUMNS =
  "(id bigint PRIMARY KEY, customer int NOT NULL, status varchar(20) NOT NULL, amount decimal(12,2) NOT NULL, note varchar(64), at datetime(6) NOT NULL)";

interface Options {
  readonly rows: number;
  readonly changes: number;
  /** So many of them are also replayed: that takes as long for each. */
  readonly replayed: number;
  readonly runs: number;
}

interface Restored {
  readonly seconds: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly peakBytes: number;
}

interface Made {
  readonly archive: string;
  readonly source: string;
  readonly database: string;
  /** Files of the server's log with the changes to replay and nothing else, and what the tables are after them. */
  readonly logs: readonly string[];
  readonly replayed: string;
  /** What they are in the end. */
  readonly final: string;
}

/**
 * A restore of `rows` rows with so many changes since the base, each a transaction of its own, against LOAD DATA of the same final state
 * with two loaders, and against what a server has for it: `mysqlbinlog | mysql` of the changes, or the first of them, over the rows of the base.
 */
export async function benchMysqlRestore(options: Options): Promise<void> {
  const signal = AbortSignal.timeout(7_200_000);
  await using source = await startBenchMysql();
  await using target = await startBenchMysql();
  await using work = await scratch();
  const { database, logs, replayed, final, ...made } = await makeArchive(
    source,
    { ...options, work: work.path },
    signal,
  );
  const plain: number[] = [];
  const restored: Restored[] = [];
  for (let n = 0; n < options.runs; n++) {
    const from = join(work.path, "final");
    plain.push(await load(target, { database: "plain", from }));
    await target.query("DROP DATABASE plain");
    restored.push(
      await runScript("restore-tidemark.ts", [
        ...[made.archive, made.source, target.url("restored")],
        join(work.path, `work-${n}`),
      ]),
    );
    await requireState(target, "restored", final);
    await target.query("DROP DATABASE restored; RESET BINARY LOGS AND GTIDS");
  }
  await load(target, { database, from: join(work.path, "base") });
  const startedMs = performance.now();
  // Ids of another server's transactions are of no use there.
  await replay(target, [`--database=${database}`, "--skip-gtids", ...logs]);
  const replayedPerSecond =
    options.replayed / ((performance.now() - startedMs) / 1000);
  await requireState(target, database, replayed);
  const seconds = (of: (one: Restored) => number) => median(restored.map(of));
  const phase = (name: string) =>
    seconds((one) => (one.phases[name] ?? 0) / 1000);
  const all = seconds(
    (one) => one.seconds - (one.phases["verify"] ?? 0) / 1000,
  );
  report(
    "mysql-restore",
    { ...options },
    {
      "restore s (without verify)": all,
      "LOAD DATA, two loaders s": median(plain),
      "ratio to LOAD DATA": all / median(plain),
      "changes/s of the whole restore": Math.round(options.changes / all),
      "mysqlbinlog | mysql changes/s": Math.round(replayedPerSecond),
      "times as fast as mysqlbinlog | mysql":
        options.changes / all / replayedPerSecond,
      "net change s": phase("fold"),
      "load s": phase("load"),
      "verify s": phase("verify"),
      "peak RSS MiB":
        Math.max(...restored.map((one) => one.peakBytes)) / 1048576,
    },
  );
}

async function makeArchive(
  source: TestMysql,
  of: Options & { readonly work: string },
  signal: AbortSignal,
): Promise<Made> {
  const database = await source.createDatabase();
  await using client = source.connect(database);
  for (const [n, table] of TABLES.entries()) {
    await client.query(
      `CREATE TABLE ${table} ${COLUMNS};
       INSERT INTO ${table} SELECT n * 2 + ${n}, n MOD 100000, 'placed', n MOD 1000, LEFT(SHA2(n, 256), 32), TIMESTAMPADD(SECOND, n, '2026-01-01')
         FROM (${series(of.rows / TABLES.length)}) s`,
    );
  }
  const updates = TABLES.map(
    (table, n) =>
      `UPDATE ${table} SET amount = amount + 1, status = 'changed' WHERE id = 2 * (1 + (i * 7919) MOD ${of.rows / TABLES.length}) + ${n}`,
  ).join("; COMMIT; START TRANSACTION; ");
  await defineRepeat(client, updates);
  const save = async (folder: string) => {
    for (const table of TABLES)
      await client.query(
        `SELECT * FROM ${table} INTO OUTFILE '${join(of.work, folder)}.${table}'`,
      );
  };
  await save("base");
  let [first, after, replayed] = ["", "", ""];
  const made = await archiveSource(
    {
      url: source.url(database),
      directory: of.work,
      change: async () => {
        await client.query("FLUSH BINARY LOGS");
        first = await lastLogFile(source);
        await repeat(client, 0, of.replayed / TABLES.length);
        await client.query("FLUSH BINARY LOGS");
        after = await lastLogFile(source);
        replayed = await checksums(source, database);
        await repeat(
          client,
          of.replayed / TABLES.length,
          of.changes / TABLES.length,
        );
      },
    },
    signal,
  );
  await save("final");
  const logs = (await readdir(source.dataDirectory))
    .filter((name) => /^binlog\.\d+$/.test(name))
    .filter((name) => name >= first && name < after)
    .sort()
    .map((name) => join(source.dataDirectory, name));
  const final = await checksums(source, database);
  return { ...made, database, logs, replayed, final };
}

/** Two clients, a table each; returns how long they took. */
async function load(
  target: TestMysql,
  { database, from }: { readonly database: string; readonly from: string },
): Promise<number> {
  const startedMs = performance.now();
  await target.query(`CREATE DATABASE ${database}`);
  await Promise.all(
    TABLES.map((table) =>
      runMysqlTool(target, "mysql", [
        ...["--local-infile", `--database=${database}`, "--execute"],
        `CREATE TABLE ${table} ${COLUMNS}; LOAD DATA LOCAL INFILE '${from}.${table}' INTO TABLE ${table}`,
      ]),
    ),
  );
  return (performance.now() - startedMs) / 1000;
}

async function checksums(server: TestMysql, schema: string): Promise<string> {
  const rows = await server.query<{ Checksum: string }>(
    `CHECKSUM TABLE ${TABLES.map((table) => `${schema}.${table}`).join(", ")}`,
  );
  return rows.map(({ Checksum }) => Checksum).join();
}

async function requireState(
  target: TestMysql,
  schema: string,
  wanted: string,
): Promise<void> {
  const found = await checksums(target, schema);
  if (found !== wanted)
    throw new Error(
      `${schema} has the checksums ${found} instead of ${wanted}`,
    );
}
