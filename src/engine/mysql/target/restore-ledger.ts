import type { BegunRestore } from "../../restore-target.ts";
import type { MysqlConnection } from "../connection.ts";
import { quoteLiteral } from "../quote.ts";
import type { TargetPlace } from "./target-place.ts";

export const LEDGER_SCHEMA = "tidemark_restore";

const TEXT = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

/**
 * What a restore writes down in its target, by the target's key: its plan first of all, and then each step. A load and its entry are one
 * transaction. Every other step commits by itself before its entry does: it is one that can be made twice. With a report in it the
 * restore is finished; it is deleted once that was given, and with the last one the schema goes.
 */
export async function createLedger(
  connection: MysqlConnection,
  place: TargetPlace,
  options: { readonly planHash: string; readonly signal: AbortSignal },
): Promise<void> {
  const { planHash, signal } = options;
  await aloneInLedger(connection, signal, async () => {
    await connection.run(
      `CREATE DATABASE IF NOT EXISTS ${LEDGER_SCHEMA} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
      signal,
    );
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${LEDGER_SCHEMA}.done (target VARCHAR(64) ${TEXT}, step VARCHAR(600) ${TEXT}, remark LONGTEXT ${TEXT},
         PRIMARY KEY (target, step)) ENGINE=InnoDB ROW_FORMAT=DYNAMIC`,
      signal,
    );
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${LEDGER_SCHEMA}.plan (target VARCHAR(64) ${TEXT} PRIMARY KEY, hash VARCHAR(128) ${TEXT}, report LONGTEXT ${TEXT})
         ENGINE=InnoDB ROW_FORMAT=DYNAMIC`,
      signal,
    );
    await connection.run(
      `INSERT INTO ${LEDGER_SCHEMA}.plan VALUES (${quoteLiteral(place.key)}, ${quoteLiteral(planHash)}, NULL)`,
      signal,
    );
  });
}

export interface RestoreLedger extends BegunRestore {
  /** Of the steps that were done otherwise than they should have been: a run that goes on has to say so, too. */
  readonly remarks: ReadonlyMap<string, string>;
  readonly planHash: string;
}

/** `plan` is the last table that is made, and its row the last thing of all. */
export async function readLedger(
  connection: MysqlConnection,
  place: TargetPlace,
  signal: AbortSignal,
): Promise<RestoreLedger | undefined> {
  const there = await connection.query(
    `SELECT 1 FROM information_schema.tables WHERE table_schema = '${LEDGER_SCHEMA}' AND table_name = 'plan'`,
    signal,
  );
  if (there.length === 0) return undefined;
  const key = quoteLiteral(place.key);
  const [plan] = await connection.query(
    `SELECT hash, report FROM ${LEDGER_SCHEMA}.plan WHERE target = ${key}`,
    signal,
  );
  if (plan === undefined) return undefined;
  const done = await connection.query(
    `SELECT step, remark FROM ${LEDGER_SCHEMA}.done WHERE target = ${key}`,
    signal,
  );
  return {
    planHash: plan[0] ?? "",
    report: plan[1] ?? undefined,
    done: new Set(done.map(([step]) => step ?? "")),
    remarks: new Map(
      done.flatMap(([step, remark]) =>
        remark == null ? [] : [[step ?? "", remark]],
      ),
    ),
  };
}

/** In whatever transaction the session is. `remark`: what of the step is not as it should be. */
export async function recordStep(
  connection: MysqlConnection,
  entry: {
    readonly place: TargetPlace;
    readonly step: string;
    readonly remark?: string | undefined;
  },
  signal: AbortSignal,
): Promise<void> {
  const { place, step, remark } = entry;
  const values = [
    quoteLiteral(place.key),
    quoteLiteral(step),
    remark === undefined ? "NULL" : quoteLiteral(remark),
  ];
  await connection.run(
    `INSERT INTO ${LEDGER_SCHEMA}.done VALUES (${values.join(", ")})`,
    signal,
  );
}

/** How durable that is, and all before it, is for the server's innodb_flush_log_at_trx_commit to say: what is lost of it is the end. */
export async function recordReport(
  connection: MysqlConnection,
  entry: { readonly place: TargetPlace; readonly report: string },
  signal: AbortSignal,
): Promise<void> {
  await connection.run(
    `UPDATE ${LEDGER_SCHEMA}.plan SET report = ${quoteLiteral(entry.report)} WHERE target = ${quoteLiteral(entry.place.key)}`,
    signal,
  );
}

/** The plan's row last: until it is gone the restore is one that is finished. */
export async function dropLedger(
  connection: MysqlConnection,
  place: TargetPlace,
  signal: AbortSignal,
): Promise<void> {
  const key = quoteLiteral(place.key);
  await aloneInLedger(connection, signal, async () => {
    if ((await readLedger(connection, place, signal)) !== undefined) {
      await connection.run("START TRANSACTION", signal);
      await connection.run(
        `DELETE FROM ${LEDGER_SCHEMA}.done WHERE target = ${key}`,
        signal,
      );
      await connection.run(
        `DELETE FROM ${LEDGER_SCHEMA}.plan WHERE target = ${key}`,
        signal,
      );
      await connection.run("COMMIT", signal);
    }
    const left = await connection.query(
      `SELECT table_name FROM information_schema.tables WHERE table_schema = '${LEDGER_SCHEMA}' AND table_name = 'plan'`,
      signal,
    );
    if (left.length > 0) {
      const [plans] = await connection.queryOne(
        `SELECT COUNT(*) FROM ${LEDGER_SCHEMA}.plan`,
        signal,
      );
      if (plans !== "0") return;
    }
    await connection.run(`DROP DATABASE IF EXISTS ${LEDGER_SCHEMA}`, signal);
  });
}

const PATIENCE_S = 60;

/** A restore of another target of the same server may make its ledger, or drop it, at the same time. */
async function aloneInLedger(
  connection: MysqlConnection,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  await connection.query(
    `SELECT GET_LOCK('tidemark ledger', ${PATIENCE_S})`,
    signal,
  );
  try {
    await work();
  } finally {
    await connection.query("SELECT RELEASE_LOCK('tidemark ledger')", signal);
  }
}
