import type { Micros } from "../../../src/core/instant.ts";
import { parsePosition, type Position } from "../../../src/core/position.ts";
import { type TestClient, uniqueName } from "../../support/postgres-client.ts";
import type { Dump, SourceDump, TableDump } from "../dump.ts";
import {
  listColumns,
  listSequences,
  listTables,
  type TableFile,
} from "./dump-catalog.ts";
import { listDefinitions } from "./dump-definitions.ts";

export type Connect = (options?: {
  readonly replication?: boolean;
}) => Promise<TestClient>;

/** A table's file changed while it was read, as often as it was tried. */
const ATTEMPTS = 50;

/**
 * A source at a position of its log, while others write: under the snapshot of a temporary slot, because a snapshot of any
 * other kind may be no prefix of the stream.
 */
export async function dumpDatabase(connect: Connect): Promise<SourceDump> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    // Its transaction keeps the snapshot until this connection's next command, so there is none.
    await using exporter = await connect({ replication: true });
    const { position, snapshot } = await exportSnapshot(exporter);
    await using reader = await connect();
    await begin(reader);
    await reader.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
    try {
      if (await lockAll(reader)) return { position, ...(await read(reader)) };
    } catch (error) {
      // A TRUNCATE that holds a partitioned table and waits for a partition.
      if ((error as { code?: string }).code !== "40P01") throw error;
    }
  }
  throw new Error(`no dump in ${ATTEMPTS} attempts: TRUNCATE was faster`);
}

/** The same of a source that nobody writes to meanwhile: every time between is an instant that looks like this. */
export async function dumpStandingSource(
  connect: Connect,
): Promise<SourceDump> {
  await using clock = await connect();
  const from = await readClock(clock);
  const dump = await dumpDatabase(connect);
  // What is committed next may have this very microsecond.
  return { ...dump, stood: { from, through: (await readClock(clock)) - 1n } };
}

async function readClock(client: TestClient): Promise<Micros> {
  const { rows } = await client.query<{ micros: string }>(
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS micros",
  );
  return BigInt(rows[0]?.micros ?? "");
}

/** A database that nobody writes to, such as one just restored. */
export async function dumpAtRest(connect: Connect): Promise<Dump> {
  await using reader = await connect();
  await begin(reader);
  return await read(reader);
}

async function exportSnapshot(
  exporter: TestClient,
): Promise<{ position: Position; snapshot: string }> {
  const version = await exporter.query<{ server_version: string }>(
    "SHOW server_version",
  );
  const major = Number.parseInt(version.rows[0]?.server_version ?? "");
  const { rows } = await exporter.query<{
    consistent_point: string;
    snapshot_name: string;
  }>(
    `CREATE_REPLICATION_SLOT ${uniqueName("dump")} TEMPORARY LOGICAL pgoutput ${
      major < 15 ? "EXPORT_SNAPSHOT" : "(SNAPSHOT 'export')"
    }`,
  );
  const [slot] = rows;
  if (slot === undefined) throw new Error("the server made no slot");
  return {
    position: parsePosition(slot.consistent_point),
    snapshot: slot.snapshot_name,
  };
}

/** One way to write every value, whatever the server's or the database's settings. */
async function begin(reader: TestClient): Promise<void> {
  await reader.query(`
    SET search_path = pg_catalog; SET row_security = off; SET TimeZone = 'UTC'; SET DateStyle = 'ISO';
    SET IntervalStyle = 'postgres'; SET extra_float_digits = 3; SET bytea_output = 'hex'; SET xmlbinary = 'base64';
    SET lc_monetary = 'C'; SET client_encoding = 'UTF8'; SET statement_timeout = 0`);
  await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

/**
 * A table truncated after the snapshot reads as empty, without an error: nothing may come between once all are locked, and
 * what came before shows in another file. False: try again with a new snapshot.
 */
async function lockAll(reader: TestClient): Promise<boolean> {
  for (const { name } of await listTables(reader)) {
    await reader.query(`LOCK TABLE ONLY ${name} IN ACCESS SHARE MODE`);
  }
  return (await listTables(reader)).every(
    ({ fileOfSnapshot, fileNow }) => fileOfSnapshot === fileNow,
  );
}

async function read(reader: TestClient): Promise<Dump> {
  const columns = await listColumns(reader);
  const tables = new Map<string, TableDump>();
  for (const table of await listTables(reader)) {
    tables.set(table.name, await digestTable(reader, table));
  }
  return {
    tables,
    columns,
    sequences: await listSequences(reader),
    definitions: await listDefinitions(reader),
  };
}

async function digestTable(
  reader: TestClient,
  { name }: TableFile,
): Promise<TableDump> {
  // A row's text tells NULL from '' and quotes what it must; the digests are sorted by their bytes.
  const { rows } = await reader.query<{ rows: string; digest: string }>(
    `SELECT count(*) AS rows, md5(coalesce(string_agg(row, '' ORDER BY row COLLATE "C"), '')) AS digest
     FROM (SELECT md5((t.*)::text) AS row FROM ONLY ${name} t) rows`,
  );
  const [found] = rows;
  if (found === undefined) throw new Error(`no digest of ${name}`);
  return { rows: Number(found.rows), digest: found.digest };
}
