import type { Outcome } from "../engine.ts";
import type { Step, TransactionPlan } from "./plan-transaction.ts";
import type { MysqlSession } from "./session.ts";

/** What writers may do to each other, and what constraints are for; anything else is a defect of the workload. */
const EXPECTED = [
  ...[1062, 1451, 1452, 1048, 1364, 3819, 4025, 1369], // unique, foreign keys, not null, no default, checks
  ...[1264, 1265, 1292, 1366, 1406, 1411, 1525, 1690], // out of range, truncated, not a date, not of the character set, too long
  ...[1205, 1213, 1020, 1412], // a lock not to be had in time, deadlock, changed since it was read, altered since the snapshot
  1701, // TRUNCATE of what others refer to
];
/** The whole transaction is gone. */
const UNDONE = [1213, 1020, 1614, 1613, 1402];

export function numberOf(error: unknown): number {
  return (error as { errno?: number }).errno ?? 0;
}

export function isExpected(error: unknown): boolean {
  const errno = numberOf(error);
  return EXPECTED.includes(errno) || UNDONE.includes(errno);
}

/** Runs the steps of a plan; undefined: all were done, or those that failed were to be left out. Throws what no workload should meet. */
export async function runSteps(
  session: MysqlSession,
  { steps, goesOn }: TransactionPlan,
): Promise<{ readonly rows: number; readonly failed: number | undefined }> {
  let rows = 0;
  for (const step of steps) {
    try {
      rows += await runStep(session, step);
    } catch (error) {
      if (!isExpected(error)) throw error;
      const errno = numberOf(error);
      if (!goesOn || UNDONE.includes(errno)) return { rows, failed: errno };
    }
  }
  return { rows, failed: undefined };
}

function runStep(session: MysqlSession, step: Step): Promise<number> {
  return step.kind === "sql"
    ? session.run(step.sql)
    : session.load(step.sql, step.text);
}

/** A plan that ends in this session. */
export async function runTransaction(
  session: MysqlSession,
  plan: TransactionPlan,
): Promise<Outcome> {
  const { kind } = plan.end;
  if (kind === "XA") throw new Error("XA needs a writer");
  try {
    if (kind !== "autocommit") await session.run("BEGIN");
    const { rows, failed } = await runSteps(session, plan);
    if (failed !== undefined) {
      if (kind !== "autocommit") await session.run("ROLLBACK");
      return { kind: "failed", code: `${failed}` };
    }
    if (kind !== "autocommit") await session.run(kind);
    return { kind: kind === "ROLLBACK" ? "rolled-back" : "committed", rows };
  } catch (error) {
    if (!isExpected(error)) throw error;
    await session.run("ROLLBACK");
    return { kind: "failed", code: `${numberOf(error)}` };
  }
}
