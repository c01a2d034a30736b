import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ClientBase } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { Outcome } from "../engine.ts";
import type { Step, TransactionPlan } from "./plan-transaction.ts";

/** What writers may do to each other, and what constraints are for; anything else is a defect of the workload. */
const EXPECTED = [
  ...["23502", "23503", "23505", "23514"], // not null, foreign key, unique, check
  ...["40001", "40P01", "55P03"], // serialisation, deadlock, lock not to be had in time
  "55006", // TRUNCATE of a table with deferred checks of this transaction
];

/** Runs a plan to its end; throws what no workload should meet. */
export async function runTransaction(
  client: ClientBase,
  { steps, end }: TransactionPlan,
): Promise<Outcome> {
  let rows = 0;
  try {
    if (end !== "autocommit") await client.query("BEGIN");
    for (const step of steps) rows += await runStep(client, step);
    if (end !== "autocommit") await client.query(end);
    return { kind: end === "ROLLBACK" ? "rolled-back" : "committed", rows };
  } catch (error) {
    const { code = "" } = error as { code?: string };
    if (!EXPECTED.includes(code)) throw error;
    if (end !== "autocommit") await client.query("ROLLBACK");
    return { kind: "failed", code };
  }
}

async function runStep(client: ClientBase, step: Step): Promise<number> {
  if (step.kind === "sql") {
    try {
      return (await client.query(step.sql)).rowCount ?? 0;
    } catch (error) {
      (error as Error).message += ` in: ${step.sql.slice(0, 2_000)}`;
      throw error;
    }
  }
  const target = client.query(copyFrom(step.sql));
  await pipeline(Readable.from([Buffer.from(step.text)]), target);
  return target.rowCount;
}
