import type { TargetState } from "../../restore-target.ts";
import { MysqlConnection } from "../connection.ts";
import { quoteLiteral } from "../quote.ts";
import { readServerId } from "../server-id.ts";
import { readLedger } from "./restore-ledger.ts";
import type { TargetPlace } from "./target-place.ts";

/**
 * Of a whole server it is not said here whether it is empty: it may hold other schemas than those to be restored, which `begin` alone is
 * told.
 */
export async function inspectTarget(
  place: TargetPlace,
  signal: AbortSignal,
): Promise<TargetState> {
  await using connection = await MysqlConnection.open(
    place.address,
    { name: "inspect" },
    signal,
  );
  const { schema } = place;
  const exists =
    schema === undefined || (await hasSchema(connection, schema, signal));
  // In this order: what a restore makes meanwhile is seen only with its ledger.
  const empty =
    schema === undefined || !(await hasObjects(connection, schema, signal));
  const ledger = await readLedger(connection, place, signal);
  const serverId = await readServerId(connection, signal);
  return {
    database: schema ?? "",
    exists,
    empty: ledger !== undefined || empty,
    engine: connection.flavour,
    serverVersion: connection.version,
    identity:
      serverId === undefined
        ? undefined
        : { engine: connection.flavour, serverId, schema: schema ?? null },
    planHash: ledger?.planHash,
  };
}

async function hasSchema(
  connection: MysqlConnection,
  schema: string,
  signal: AbortSignal,
): Promise<boolean> {
  const rows = await connection.query(
    `SELECT 1 FROM information_schema.schemata WHERE schema_name = ${quoteLiteral(schema)}`,
    signal,
  );
  return rows.length > 0;
}

/** Tables and views, routines, events; a trigger has a table. */
export async function hasObjects(
  connection: MysqlConnection,
  schema: string,
  signal: AbortSignal,
): Promise<boolean> {
  const name = quoteLiteral(schema);
  const [found] = await connection.queryOne(
    `SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = ${name})
         OR EXISTS (SELECT 1 FROM information_schema.routines WHERE routine_schema = ${name})
         OR EXISTS (SELECT 1 FROM information_schema.events WHERE event_schema = ${name})`,
    signal,
  );
  return found === "1";
}
