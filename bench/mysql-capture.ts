import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { formatPosition } from "../src/core/position.ts";
import { parseSourceName } from "../src/core/source-name.ts";
import type { TestMysql } from "../test/support/mysql-server.ts";
import { lastLogFile, startBenchMysql } from "./support/bench-mysql.ts";
import { enginePartsOf } from "./support/engine-parts.ts";
import type { LoadName, Size } from "./support/loads.ts";
import { runMysqlLoad } from "./support/mysql-loads.ts";
import { runMysqlTool } from "./support/mysql-tool.ts";
import { median, report, scratch } from "./support/report.ts";
import { runScript } from "./support/run-script.ts";

interface Drained {
  readonly seconds: number;
  readonly rows: number;
  readonly cpuMicros: number;
  readonly peakBytes: number;
}

/**
 * Draining the same backlog: ours (capture + journal with fdatasync + archive with zstd) against mysqlbinlog, which writes what it
 * receives to a file, in turn, `runs` times each.
 */
export async function benchMysqlCapture(options: {
  readonly load: LoadName;
  readonly size: Size;
  readonly runs: number;
}): Promise<void> {
  const signal = AbortSignal.timeout(3_600_000);
  await using server = await startBenchMysql();
  await using work = await scratch();
  const database = await server.createDatabase();
  const url = server.url(database);
  const names = Array.from({ length: options.runs }, (_, n) => `bench${n}`);
  for (const name of names) {
    const { admin } = enginePartsOf(parseSourceName(name), url);
    await admin.prepare(await admin.planPrepare(signal), signal);
  }
  // The peer begins with a file.
  await server.query("FLUSH BINARY LOGS");
  const first = await lastLogFile(server);
  await using client = server.connect(database);
  const { changes } = await runMysqlLoad(options, client);
  const { admin } = enginePartsOf(parseSourceName("bench0"), url);
  await admin.mark("end", signal);
  const end = formatPosition(await admin.currentPosition(signal));
  const ours: Drained[] = [];
  const binlog: number[] = [];
  let bytes = 0;
  for (const name of names) {
    const copied = await copyLog(server, first, join(work.path, "log"));
    binlog.push(copied.seconds);
    bytes = copied.bytes;
    const directory = join(work.path, name);
    ours.push(
      await runScript("drain-tidemark.ts", [url, name, end, directory]),
    );
    await rm(directory, { recursive: true });
  }
  const seconds = median(ours.map((drained) => drained.seconds));
  const binlogSeconds = median(binlog);
  for (const { rows } of ours) {
    // The markers are events, not rows.
    if (rows !== changes)
      throw new Error(`${rows} rows of ${changes} were archived`);
  }
  report(
    "mysql-capture",
    { load: options.load, size: options.size, runs: options.runs },
    {
      changes,
      "log MiB": bytes / 1048576,
      "changes/s": Math.round(changes / seconds),
      "mysqlbinlog changes/s": Math.round(changes / binlogSeconds),
      "ratio to mysqlbinlog": binlogSeconds / seconds,
      "µs CPU per change":
        median(ours.map((drained) => drained.cpuMicros)) / changes,
      "peak RSS MiB":
        Math.max(...ours.map((drained) => drained.peakBytes)) / 1048576,
    },
  );
}

async function copyLog(
  server: TestMysql,
  first: string,
  folder: string,
): Promise<{ readonly seconds: number; readonly bytes: number }> {
  await mkdir(folder);
  const startedMs = performance.now();
  await runMysqlTool(server, "mysqlbinlog", [
    ...["--read-from-remote-server", "--raw", "--to-last-log"],
    ...[`--result-file=${folder}/`, first],
  ]);
  const seconds = (performance.now() - startedMs) / 1000;
  let bytes = 0;
  for (const file of await readdir(folder))
    bytes += (await stat(join(folder, file))).size;
  await rm(folder, { recursive: true });
  return { seconds, bytes };
}
