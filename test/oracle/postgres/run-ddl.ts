import type { TestClient } from "../../support/postgres-client.ts";

/** What stands in its way now and may not the next time; what it plans may refer to what a failed one did not make. */
const EXPECTED = [
  ...["40P01", "55P03", "40001"], // deadlock, lock not to be had in time, serialisation
  ...["42P01", "42704", "42703", "42P07", "42701"], // a table, type or column that is missing or there
  ...["55006", "55P04", "2BP01", "42P16", "0A000", "22023"], // in use, unsafe use, dependents, definitions that clash
  ...["23502", "23503", "23505", "23514"], // rows against it
];

/** One transaction; false: it did not commit. */
export async function runDdl(
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
