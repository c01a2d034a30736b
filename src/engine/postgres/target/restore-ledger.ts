import type { PostgresConnection } from "../connection.ts";

/**
 * What a restore writes down in its target: first of all, and in the same transaction as each piece of work, so that after a
 * crash exactly the unfinished steps are repeated. Dropped by the last step.
 */
export const LEDGER_SCHEMA = "tidemark_restore";

export async function createLedger(
  connection: PostgresConnection,
  planHash: string,
): Promise<void> {
  await connection.query(
    `BEGIN;
     CREATE SCHEMA ${LEDGER_SCHEMA};
     CREATE TABLE ${LEDGER_SCHEMA}.plan (hash text NOT NULL);
     CREATE TABLE ${LEDGER_SCHEMA}.done (step text PRIMARY KEY)`,
  );
  await connection.query(`INSERT INTO ${LEDGER_SCHEMA}.plan VALUES ($1)`, [
    planHash,
  ]);
  await connection.query("COMMIT");
}

export async function readLedger(
  connection: PostgresConnection,
): Promise<{ planHash: string | undefined; done: Set<string> } | undefined> {
  const { there } = await connection.queryOne<{ there: boolean }>(
    `SELECT to_regclass('${LEDGER_SCHEMA}.done') IS NOT NULL AS there`,
  );
  if (!there) return undefined;
  const [plan] = await connection.query<{ hash: string }>(
    `SELECT hash FROM ${LEDGER_SCHEMA}.plan`,
  );
  const done = await connection.query<{ step: string }>(
    `SELECT step FROM ${LEDGER_SCHEMA}.done`,
  );
  return { planHash: plan?.hash, done: new Set(done.map((row) => row.step)) };
}

/** Inside the transaction whose work it records. */
export async function recordStep(
  connection: PostgresConnection,
  step: string,
): Promise<void> {
  await connection.query(`INSERT INTO ${LEDGER_SCHEMA}.done VALUES ($1)`, [
    step,
  ]);
}
