import { setTimeout as delay } from "node:timers/promises";
import type { Micros } from "../../../src/core/instant.ts";
import { parsePosition, type Position } from "../../../src/core/position.ts";
import type { MysqlSession } from "./session.ts";
import type { Dump, SourceDump, TableDump } from "../dump.ts";
import { listCounters, listTables, type WrittenTable } from "./dump-catalog.ts";
import { listDefinitions } from "./dump-definitions.ts";

/** A server, and sessions of its root. */
export interface MysqlServer {
  readonly flavour: "mysql" | "mariadb";
  readonly connect: () => Promise<MysqlSession>;
}

/** Another session's lock stood in the way, as often as it was tried. */
const ATTEMPTS = 50;
const ER_LOCK_WAIT_TIMEOUT = 1205;
const MILLION = 1_000_000n;

/**
 * A source at a position of its log, while others write: nobody commits between the position and the snapshot, and what the
 * snapshot has read once can be neither altered nor truncated before it ends.
 */
export async function dumpServer(server: MysqlServer): Promise<SourceDump> {
  await using locker = await server.connect();
  await using reader = await server.connect();
  await setUp(reader);
  await locker.query("SET lock_wait_timeout = 2");
  const position = await withAllLocked(locker, async () => {
    const found = await readPosition(server, locker);
    await begin(reader);
    for (const { name } of await listTables(reader))
      await reader.query(`SELECT 1 FROM ${name} LIMIT 1`);
    return found;
  });
  return { position, ...(await read(reader)) };
}

async function withAllLocked<T>(
  locker: MysqlSession,
  inside: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      await locker.query("FLUSH TABLES WITH READ LOCK");
      break;
    } catch (error) {
      const { errno } = error as { errno?: number };
      if (errno !== ER_LOCK_WAIT_TIMEOUT || attempt === ATTEMPTS) throw error;
    }
  }
  const result = await inside();
  await locker.query("UNLOCK TABLES");
  return result;
}

/** The same of a source that nobody writes to meanwhile: every time between is an instant that looks like this. */
export async function dumpStandingServer(
  server: MysqlServer,
): Promise<SourceDump> {
  await using clock = await server.connect();
  const from = await readClock(clock);
  const dump = await dumpServer(server);
  if (server.flavour === "mysql") {
    // What is committed next may have this very microsecond.
    return { ...dump, stood: { from, through: (await readClock(clock)) - 1n } };
  }
  // Its log has whole seconds: what is committed next seems to have been committed when this second began.
  const through = await waitForSecond(clock, from / MILLION + 1n);
  return { ...dump, stood: { from, through: through * MILLION - 1n } };
}

async function waitForSecond(
  clock: MysqlSession,
  second: bigint,
): Promise<bigint> {
  for (;;) {
    const now = (await readClock(clock)) / MILLION;
    if (now >= second) return now;
    await delay(20);
  }
}

async function readClock(client: MysqlSession): Promise<Micros> {
  const [row] = await client.query<{ micros: string }>(
    "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS UNSIGNED) AS micros",
  );
  return BigInt(row?.micros ?? "");
}

/** A server that nobody writes to, such as one just restored. */
export async function dumpAtRest(server: MysqlServer): Promise<Dump> {
  await using reader = await server.connect();
  await setUp(reader);
  await begin(reader);
  return await read(reader);
}

/** The end of the log. */
export async function readPosition(
  { flavour }: Pick<MysqlServer, "flavour">,
  client: MysqlSession,
): Promise<Position> {
  const [status] = await client.query<{ File: string; Position: string }>(
    flavour === "mysql" ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS",
  );
  const [executed] = await client.query<{ gtids: string }>(
    `SELECT ${flavour === "mysql" ? "@@gtid_executed" : "@@gtid_binlog_pos"} AS gtids`,
  );
  const gtids = executed?.gtids.replaceAll("\n", "") ?? "";
  const place = `${status?.File}:${status?.Position}`;
  return parsePosition(gtids === "" ? place : `${place};gtid=${gtids}`);
}

/** One way to write every value, whatever the server's settings. */
async function setUp(reader: MysqlSession): Promise<void> {
  await reader.query(`
    SET NAMES utf8mb4; SET time_zone = '+00:00'; SET sql_mode = ''; SET group_concat_max_len = 1073741824;
    SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET lock_wait_timeout = 60`);
}

async function begin(reader: MysqlSession): Promise<void> {
  await reader.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
}

async function read(reader: MysqlSession): Promise<Dump> {
  const tables = new Map<string, TableDump>();
  const columns = new Map<string, readonly string[]>();
  const found = await listTables(reader);
  for (const table of found) {
    tables.set(table.name, await digestTable(reader, table));
    columns.set(table.name, table.columns);
  }
  return {
    tables,
    columns,
    sequences: await listCounters(reader, found),
    definitions: await listDefinitions(reader),
  };
}

async function digestTable(
  reader: MysqlSession,
  { name, values }: WrittenTable,
): Promise<TableDump> {
  // NULL is no text at all, '' is `=`.
  const texts = values.map((value) => `COALESCE(CONCAT('=', ${value}), '-')`);
  const row = `SHA2(CONCAT_WS(',', ${texts.join(", ")}), 256)`;
  const [found] = await reader.query<{ count: string; digest: string }>(
    `SELECT COUNT(*) AS count, SHA2(COALESCE(GROUP_CONCAT(${row} ORDER BY ${row} SEPARATOR ''), ''), 256) AS digest FROM ${name}`,
  );
  if (found === undefined) throw new Error(`no digest of ${name}`);
  return { rows: Number(found.count), digest: found.digest };
}
