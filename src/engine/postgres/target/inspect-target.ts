import { hasCode } from "../../../core/errors.ts";
import type { TargetState } from "../../restore-target.ts";
import { PostgresConnection, type PostgresAddress } from "../connection.ts";
import { LEDGER_SCHEMA } from "../names.ts";
import { readLedger } from "./restore-ledger.ts";

/** The database that every cluster has, for questions about one that does not exist. */
const MAINTENANCE_DATABASES = ["postgres", "template1"];

export async function inspectTarget(
  address: PostgresAddress,
  signal: AbortSignal,
): Promise<TargetState> {
  try {
    await using connection = await PostgresConnection.open(
      address,
      { name: "inspect" },
      signal,
    );
    const server = await readServer(connection);
    // In this order: what a restore makes meanwhile is seen only with its ledger.
    const empty = await isEmpty(connection);
    const ledger = await readLedger(connection);
    return {
      exists: true,
      empty: ledger !== undefined || empty,
      ...server,
      planHash: ledger?.planHash,
    };
  } catch (error) {
    if (!hasCode(error, "NOT_FOUND")) throw error;
  }
  await using connection = await openMaintenance(address, signal);
  const server = await readServer(connection);
  return {
    exists: false,
    empty: true,
    ...server,
    database: address.database,
    identity: undefined,
    planHash: undefined,
  };
}

export async function openMaintenance(
  address: PostgresAddress,
  signal: AbortSignal,
): Promise<PostgresConnection> {
  let last: unknown;
  for (const database of MAINTENANCE_DATABASES) {
    try {
      return await PostgresConnection.open(
        address,
        { name: "inspect", database },
        signal,
      );
    } catch (error) {
      if (!hasCode(error, "NOT_FOUND")) throw error;
      last = error;
    }
  }
  throw last;
}

async function readServer(connection: PostgresConnection) {
  const row = await connection.queryOne<{
    version: string;
    system: string;
    oid: string;
    database: string;
  }>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version, s.system_identifier::text AS system, d.oid::text AS oid, d.datname AS database
       FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()`,
  );
  return {
    serverVersion: row.version,
    database: row.database,
    engine: "postgres" as const,
    identity: {
      engine: "postgres" as const,
      systemIdentifier: row.system,
      databaseOid: Number(row.oid),
    },
  };
}

/** No relation, type, function or schema that a user made; what extensions own does not count, nor the schema public. */
async function isEmpty(connection: PostgresConnection): Promise<boolean> {
  const own = (catalog: string, oid: string) =>
    `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;
  const system = `n.nspname IN ('pg_catalog', 'information_schema', '${LEDGER_SCHEMA}') OR n.nspname LIKE 'pg\\_%'`;
  const row = await connection.queryOne<{ empty: boolean }>(
    `WITH n AS (SELECT oid, nspname FROM pg_namespace n WHERE NOT (${system}))
     SELECT NOT EXISTS (SELECT FROM pg_class c JOIN n ON n.oid = c.relnamespace WHERE ${own("pg_class", "c.oid")})
        AND NOT EXISTS (SELECT FROM pg_proc p JOIN n ON n.oid = p.pronamespace WHERE ${own("pg_proc", "p.oid")})
        AND NOT EXISTS (SELECT FROM pg_type t JOIN n ON n.oid = t.typnamespace WHERE ${own("pg_type", "t.oid")})
        AND NOT EXISTS (SELECT FROM n WHERE nspname <> 'public' AND ${own("pg_namespace", "n.oid")}) AS empty`,
  );
  return row.empty;
}
