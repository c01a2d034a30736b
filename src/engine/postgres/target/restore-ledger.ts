import type { BegunRestore } from "../../restore-target.ts";
import type { PostgresConnection } from "../connection.ts";
import { TRIGGER_STATES } from "../definitions/triggers.ts";
import { LEDGER_SCHEMA } from "../names.ts";

/**
 * What a restore writes down in its target: first of all, and in the same transaction as each piece of work, so that after a
 * crash exactly the unfinished steps are repeated. With a report in it the restore is finished; dropped once that was given.
 */
export async function createLedger(
  connection: PostgresConnection,
  planHash: string,
): Promise<void> {
  await connection.query(
    `BEGIN;
     CREATE SCHEMA ${LEDGER_SCHEMA};
     CREATE TABLE ${LEDGER_SCHEMA}.plan (hash text NOT NULL, report text);
     CREATE TABLE ${LEDGER_SCHEMA}.done (step text PRIMARY KEY, remark text)`,
  );
  await connection.query(`INSERT INTO ${LEDGER_SCHEMA}.plan VALUES ($1)`, [
    planHash,
  ]);
  await connection.query("COMMIT");
}

export interface RestoreLedger extends BegunRestore {
  /** Of the steps that were done otherwise than they should have been: a run that goes on has to say so, too. */
  readonly remarks: ReadonlyMap<string, string>;
  readonly planHash: string | undefined;
}

export async function readLedger(
  connection: PostgresConnection,
): Promise<RestoreLedger | undefined> {
  const { there } = await connection.queryOne<{ there: boolean }>(
    `SELECT to_regclass('${LEDGER_SCHEMA}.done') IS NOT NULL AS there`,
  );
  if (!there) return undefined;
  const [plan] = await connection.query<{
    hash: string;
    report: string | null;
  }>(`SELECT hash, report FROM ${LEDGER_SCHEMA}.plan`);
  const done = await connection.query<{ step: string; remark: string | null }>(
    `SELECT step, remark FROM ${LEDGER_SCHEMA}.done`,
  );
  return {
    planHash: plan?.hash,
    report: plan?.report ?? undefined,
    done: new Set(done.map((row) => row.step)),
    remarks: new Map(
      done.flatMap(({ step, remark }) =>
        remark === null ? [] : [[step, remark]],
      ),
    ),
  };
}

/** Inside the transaction whose work it records. `remark`: what of it is not as it should be. */
export async function recordStep(
  connection: PostgresConnection,
  { step, remark }: { readonly step: string; readonly remark?: string },
): Promise<void> {
  await connection.query(`INSERT INTO ${LEDGER_SCHEMA}.done VALUES ($1, $2)`, [
    step,
    remark ?? null,
  ]);
}

/** With a commit that is durable when this returns, and with it every one before it. */
export async function recordReport(
  connection: PostgresConnection,
  report: string,
): Promise<void> {
  await connection.query("BEGIN; SET LOCAL synchronous_commit = on");
  await connection.query(`UPDATE ${LEDGER_SCHEMA}.plan SET report = $1`, [
    report,
  ]);
  await connection.query("COMMIT");
}

/**
 * Event triggers are restored by then, and the user's may log a DROP in a table or forbid it: they are off for this one statement,
 * which is none of their business. Who restored them owns them.
 */
export async function dropLedger(
  connection: PostgresConnection,
): Promise<void> {
  await connection.query("BEGIN");
  try {
    const triggers = await connection.query<{ name: string; state: string }>(
      `SELECT quote_ident(evtname) AS name, evtenabled AS state FROM pg_event_trigger
        WHERE evtenabled <> 'D' AND pg_has_role(evtowner, 'USAGE') ORDER BY evtname`,
    );
    for (const { name } of triggers)
      await connection.query(`ALTER EVENT TRIGGER ${name} DISABLE`);
    // A session of a run that was killed may have come before us.
    await connection.query(`DROP SCHEMA IF EXISTS ${LEDGER_SCHEMA} CASCADE`);
    for (const { name, state } of triggers)
      await connection.query(
        `ALTER EVENT TRIGGER ${name} ${TRIGGER_STATES[state] ?? "ENABLE"}`,
      );
    await connection.query("COMMIT");
  } catch (error) {
    await connection.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
