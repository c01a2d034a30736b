import type { Intensity } from "../intensity.ts";
import type { Random } from "../random.ts";
import type { Text } from "../values.ts";
import { makeRow, type WorkTable } from "../work-table.ts";
import type { Step } from "./plan-transaction.ts";

/** Many rows at once: by LOAD DATA, or by one statement over a range of keys. */
export function planBulk(
  table: WorkTable,
  { keys, bigRows, replicable }: Intensity,
  random: Random,
): readonly Step[] {
  const count = random.integer(1, bigRows);
  if (table.name === "oracle.accounts" && random.chance(0.6)) {
    // Above the keys of the small statements, and gone again at some time.
    const from = keys + random.integer(1, 10) * bigRows;
    return [
      {
        kind: "sql",
        sql: random.pick([
          `INSERT IGNORE INTO oracle.accounts (id, name, balance) WITH RECURSIVE numbers (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${from + count}) SELECT n, LEFT(SHA2(n, 256), 40), n / 7 FROM numbers`,
          `UPDATE oracle.accounts SET balance = balance + 1 WHERE id > ${keys}`,
          `DELETE FROM oracle.accounts WHERE id BETWEEN ${from} AND ${from + count}`,
        ]),
      },
    ];
  }
  const load = planLoad(
    table,
    {
      count,
      mayReplace: !replicable || table.isParent === undefined,
    },
    random,
  );
  if (table.key.length === 0) return [load];
  return [{ kind: "sql", sql: `DELETE FROM ${table.name}` }, load];
}

function planLoad(
  table: WorkTable,
  { count, mayReplace }: { count: number; mayReplace: boolean },
  random: Random,
): Step {
  const rows = Array.from({ length: count }, () => makeRow(table, random));
  const lines = rows.map(({ values }) => values.map(loadText).join("\t"));
  const duplicates = random.pick(
    mayReplace ? ["IGNORE", "REPLACE"] : ["IGNORE"],
  );
  return {
    kind: "load",
    sql: `LOAD DATA LOCAL INFILE 'text' ${duplicates} INTO TABLE ${table.name} CHARACTER SET utf8mb4 FIELDS ESCAPED BY x'5C' (${rows[0]?.columns.join(", ")})`,
    text: `${lines.join("\n")}\n`,
  };
}

function loadText(value: Text): string {
  if (value === null) return "\\N";
  return value
    .replaceAll("\\", "\\\\")
    .replaceAll("\t", "\\t")
    .replaceAll("\n", "\\n");
}
