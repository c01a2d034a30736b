import type { Intensity } from "../intensity.ts";
import type { Random } from "../random.ts";
import type { Text } from "../values.ts";
import { makeRow, type WorkTable } from "../work-table.ts";
import type { Step } from "./plan-transaction.ts";

/** Many rows at once: by COPY, and where the table is made for it by one statement over a range of keys. */
export function planBulk(
  table: WorkTable,
  { keys, bigRows }: Intensity,
  random: Random,
): readonly Step[] {
  if (table.updateOnly === true) return [];
  const count = random.integer(1, bigRows);
  if (table.name === "oracle.accounts" && random.chance(0.6)) {
    // Above the keys of the small statements, and gone again at some time.
    const from = keys + random.integer(1, 10) * bigRows;
    return [
      {
        kind: "sql",
        sql: random.pick([
          `INSERT INTO oracle.accounts (id, name, balance) SELECT n, md5(n::text), n / 7.0 FROM generate_series(${from}, ${from + count}) n ON CONFLICT DO NOTHING`,
          `UPDATE oracle.accounts SET balance = balance + 1 WHERE id > ${keys}`,
          `DELETE FROM oracle.accounts WHERE id BETWEEN ${from} AND ${from + count}`,
        ]),
      },
    ];
  }
  const copy = planCopy(table, count, random);
  if (table.key.length === 0 || table.keyByServer === true) return [copy];
  return [{ kind: "sql", sql: `DELETE FROM ${table.name}` }, copy];
}

/** COPY has no ON CONFLICT: one key that is there already fails it, and with it its transaction. */
function planCopy(table: WorkTable, count: number, random: Random): Step {
  const rows = new Map<string, readonly Text[]>();
  let columns: readonly string[] = [];
  for (let index = 0; index < count; index++) {
    const row = makeRow(table, random);
    columns = row.columns;
    const key = table.keyByServer === true ? [] : table.key;
    const identity =
      key.length > 0 ? row.values.slice(0, key.length).join("\0") : `${index}`;
    rows.set(identity, row.values);
  }
  const lines = [...rows.values()].map((row) => row.map(copyText).join("\t"));
  return {
    kind: "copy",
    sql: `COPY ${table.name} (${columns.join(", ")}) FROM STDIN`,
    text: `${lines.join("\n")}\n`,
  };
}

function copyText(value: Text): string {
  if (value === null) return "\\N";
  return value
    .replaceAll("\\", "\\\\")
    .replaceAll("\t", "\\t")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r");
}
