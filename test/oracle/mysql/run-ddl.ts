import { numberOf } from "./run-transaction.ts";
import type { MysqlSession } from "./session.ts";

/** What stands in its way now and may not the next time; what it plans may refer to what a failed one did not make. */
const EXPECTED = [
  ...[1205, 1213, 1020], // a lock not to be had in time, deadlock, changed since it was read
  ...[1050, 1051, 1146, 1054, 1060, 1061, 1091], // a table, column or key that is missing or there
  ...[1304, 1305, 1359, 1360, 1356, 1347, 1537, 1539, 1008, 1007, 1049], // a routine, trigger, view, event or schema that is
  ...[1062, 1264, 1265, 1366, 1406, 1048, 1451, 1452, 3822, 3819, 4025, 1292], // rows against it
  ...[3108, 3837, 1846, 1845, 3756, 1072, 1901, 1068, 1553], // others depend on it
];

const ROWS = /^(?:INSERT|UPDATE|DELETE)/;

/** One after the other, each for itself; false: no definition may have changed. */
export async function runDdl(
  session: MysqlSession,
  statements: readonly string[],
): Promise<boolean> {
  await session.query(
    "SET lock_wait_timeout = 2; SET innodb_lock_wait_timeout = 2; SET sql_mode = 'STRICT_ALL_TABLES'",
  );
  let done = false;
  for (const sql of statements) {
    try {
      await session.run(sql);
      done ||= !ROWS.test(sql);
    } catch (error) {
      if (!EXPECTED.includes(numberOf(error))) throw error;
    }
  }
  return done;
}
