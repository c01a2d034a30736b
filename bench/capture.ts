import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseSourceName } from "../src/core/source-name.ts";
import { PostgresSourceAdmin } from "../src/engine/postgres/admin/postgres-source-admin.ts";
import { sourceObjects } from "../src/engine/postgres/names.ts";
import { startPostgres } from "../test/support/postgres.ts";
import { addressOf } from "../test/support/postgres-source.ts";
import { runLoad, type LoadName, type Size } from "./support/loads.ts";
import { runPostgresTool } from "./support/postgres-tool.ts";
import { median, report, scratch } from "./support/report.ts";
import { runScript } from "./support/run-script.ts";

interface Drained {
  readonly seconds: number;
  readonly rows?: number;
  readonly cpuMicros: number;
  readonly peakBytes?: number;
}

/**
 * Draining the same backlog: ours (capture + journal with fdatasync + archive with zstd) against pg_recvlogical to a file over TCP,
 * and against a bare Node reader with coalesced reads, in turn, `runs` times each, every drain from a slot of its own.
 */
export async function benchCapture(options: {
  readonly load: LoadName;
  readonly size: Size;
  readonly runs: number;
}): Promise<void> {
  const signal = AbortSignal.timeout(3_600_000);
  await using postgres = await startPostgres(15, {
    settings: {
      max_wal_size: "16GB",
      max_replication_slots: "50",
      shared_buffers: "512MB",
    },
  });
  await using work = await scratch();
  const database = await postgres.createDatabase();
  const url = postgres.url(database);
  const sources = Array.from({ length: options.runs }, (_, n) =>
    parseSourceName(`bench${n}`),
  );
  const { publication } = sourceObjects(sources[0] as (typeof sources)[number]);
  for (const source of sources) {
    const admin = new PostgresSourceAdmin(source, addressOf(url));
    await admin.prepare(await admin.planPrepare(signal), signal);
  }
  await using client = await postgres.connect(database);
  for (let n = 0; n < options.runs; n++) {
    for (const peer of ["recv", "bare"]) {
      await client.query(
        `SELECT pg_create_logical_replication_slot('${peer}${n}', 'pgoutput')`,
      );
    }
  }
  const { changes } = await runLoad(options, { url, client });
  await client.query("SELECT tidemark.record('marker', 'end', '{}')");
  const { rows } = await client.query<{ lsn: string }>(
    "SELECT pg_current_wal_insert_lsn()::text AS lsn",
  );
  // The marker is the last transaction: its commit ends at or before this, and before it lies nothing else.
  await client.query("SELECT tidemark.record('marker', 'after', '{}')");
  const end = (rows[0] as { lsn: string }).lsn;
  const ours: Drained[] = [];
  const recv: number[] = [];
  const bare: Drained[] = [];
  for (let n = 0; n < options.runs; n++) {
    recv.push(
      await drainRecvlogical({
        url,
        slot: `recv${n}`,
        publication,
        end,
        file: join(work.path, `recv${n}`),
      }),
    );
    ours.push(
      await drain("drain-tidemark.ts", [
        url,
        `bench${n}`,
        end,
        join(work.path, `ours${n}`),
      ]),
    );
    bare.push(
      await drain("drain-bare.ts", [url, `bare${n}`, publication, end]),
    );
    await rm(join(work.path, `ours${n}`), { recursive: true });
  }
  const seconds = median(ours.map((drained) => drained.seconds));
  const recvSeconds = median(recv);
  const bareSeconds = median(bare.map((drained) => drained.seconds));
  report(
    "capture",
    { load: options.load, size: options.size, runs: options.runs },
    {
      changes,
      "changes/s": Math.round(changes / seconds),
      "pg_recvlogical changes/s": Math.round(changes / recvSeconds),
      "ratio to pg_recvlogical": recvSeconds / seconds,
      "bare reader changes/s": Math.round(changes / bareSeconds),
      "ratio to bare reader": bareSeconds / seconds,
      "µs CPU per change":
        median(ours.map((drained) => drained.cpuMicros)) / changes,
      "µs CPU per change, bare":
        median(bare.map((drained) => drained.cpuMicros)) / changes,
      "peak RSS MiB":
        Math.max(...ours.map((drained) => drained.peakBytes ?? 0)) / 1048576,
    },
  );
}

function drain(script: string, args: readonly string[]): Promise<Drained> {
  return runScript(script, args);
}

async function drainRecvlogical(peer: {
  readonly url: string;
  readonly slot: string;
  readonly publication: string;
  readonly end: string;
  readonly file: string;
}): Promise<number> {
  const { url, slot, publication, end, file } = peer;
  const startedMs = performance.now();
  await runPostgresTool("pg_recvlogical", url, {
    args: [
      // The one program that does not take it from the environment.
      ...["--dbname", addressOf(url).database],
      ...["--start", "--no-loop", "--slot", slot, "--endpos", end],
      ...["--file", file, "-o", "proto_version=1"],
      ...["-o", `publication_names=${publication}`],
    ],
  });
  const seconds = (performance.now() - startedMs) / 1000;
  if ((await stat(file)).size === 0)
    throw new Error("pg_recvlogical wrote nothing");
  await rm(file);
  return seconds;
}
