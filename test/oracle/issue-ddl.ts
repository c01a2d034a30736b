import { setTimeout as delay } from "node:timers/promises";
import { parseLsn } from "../../src/core/position.ts";
import type { TestClient } from "../support/postgres-client.ts";
import { DdlPlanner } from "./ddl.ts";
import type { LivingServer } from "./living-server.ts";
import type { Random } from "./random.ts";
import type { Turns } from "./turns.ts";

/** A transaction with DDL: its end lies behind `after` and not behind `through`. */
export interface IssuedDdl {
  /** It committed; otherwise the server died and did not say. */
  readonly certain: boolean;
  readonly sql: string;
  readonly after: bigint;
  readonly through: bigint;
}

/** What stands in its way now and may not the next time; what it plans may refer to what a failed one did not make. */
const EXPECTED = [
  ...["40P01", "55P03", "40001"], // deadlock, lock not to be had in time, serialisation
  ...["42P01", "42704", "42703", "42P07", "42701"], // a table, type or column that is missing or there
  ...["55006", "55P04", "2BP01", "42P16", "0A000", "22023"], // in use, unsafe use, dependents, definitions that clash
  ...["23502", "23503", "23505", "23514"], // rows against it
];

/** Until the signal: transactions with DDL at random moments, never while a dump reads. */
export async function issueDdl(
  use: {
    readonly source: LivingServer;
    readonly random: Random;
    readonly turns: Turns;
    readonly issued: IssuedDdl[];
    readonly everyMs: number;
  },
  signal: AbortSignal,
): Promise<void> {
  const { source, random, turns, issued, everyMs } = use;
  const planner = new DdlPlanner(random.fork("ddl"));
  while (!signal.aborted) {
    // One soon after the other, or with time for a base between them.
    const pauseMs =
      issued.length === 0 || random.chance(0.6)
        ? random.integer(1, everyMs)
        : random.integer(3_000, 8_000);
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const statements = planner.next();
    await turns.take(async () => {
      let after: bigint | undefined;
      const attempt = await source.attempt(async () => {
        await using client = await source.connect();
        after = await currentLsn(client);
        return await runDdl(client, statements);
      });
      if (attempt.kind === "done" && !attempt.result) return;
      const certain = attempt.kind === "done";
      if (after === undefined) return;
      const through = await source.survive(async () => {
        await using client = await source.connect();
        return await currentLsn(client);
      });
      issued.push({ sql: statements.join("; "), certain, after, through });
    });
  }
}

async function runDdl(
  client: TestClient,
  statements: readonly string[],
): Promise<boolean> {
  await client.query("SET lock_timeout = '2s'; SET deadlock_timeout = '50ms'");
  try {
    await client.query("BEGIN");
    for (const sql of statements) await client.query(sql);
    await client.query("COMMIT");
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined || !EXPECTED.includes(code)) throw error;
    await client.query("ROLLBACK");
    return false;
  }
}

async function currentLsn(client: TestClient): Promise<bigint> {
  const { rows } = await client.query<{ lsn: string }>(
    "SELECT pg_current_wal_insert_lsn()::text AS lsn",
  );
  return parseLsn(rows[0]?.lsn ?? "");
}
