import type { Random } from "../random.ts";
import type { Text } from "../values.ts";
import {
  makeKey,
  makeRow,
  type WorkColumn,
  type WorkRow,
  type WorkTable,
} from "../work-table.ts";

/** SQL of a random change of one table: a function of the seed alone, so that it can be written down again. */
export type MakeStatements = (
  table: WorkTable,
  random: Random,
) => readonly string[];

export function literal(value: Text): string {
  if (value === null) return "NULL";
  const doubled = value.replaceAll("'", "''");
  // An unknown literal: the column decides its type.
  return value.includes("\\")
    ? `E'${doubled.replaceAll("\\", "\\\\")}'`
    : `'${doubled}'`;
}

export const insertRows: MakeStatements = (table, random) => {
  const rows = Array.from({ length: random.integer(1, 6) }, () =>
    makeRow(table, random),
  );
  return [`${insertInto(table, rows)} ON CONFLICT DO NOTHING`];
};

/** Without ON CONFLICT: fails its transaction now and then, also late in a long one. */
export const insertBlindly: MakeStatements = (table, random) => [
  insertInto(table, [makeRow(table, random)]),
];

export const upsertRow: MakeStatements = (table, random) => {
  const row = makeRow(table, random);
  const set = table.columns.map(({ name }) => `${name} = EXCLUDED.${name}`);
  const key = table.key.map(({ name }) => name).join(", ");
  return [
    `${insertInto(table, [row])} ON CONFLICT (${key}) DO UPDATE SET ${set.join(", ")}`,
  ];
};

/** Leaves what is out of line alone, most of the time. */
export const updateRow: MakeStatements = (table, random) => {
  const touched = table.columns.filter(
    ({ big }) => random.chance(0.5) && (big !== true || random.chance(0.3)),
  );
  const columns = touched.length > 0 ? touched : table.columns.slice(-1);
  return [
    `UPDATE ${table.name} SET ${assign(columns, random)} WHERE ${aRow(table, random)}`,
  ];
};

/** Sets a column to what it is: a change to the log, none to the row. */
export const touchRow: MakeStatements = (table, random) => {
  const { name } = random.pick(table.columns);
  return [
    `UPDATE ${table.name} SET ${name} = ${name} WHERE ${aRow(table, random)}`,
  ];
};

export const updateSeveral: MakeStatements = (table, random) => {
  const { name, make } = random.pick(table.columns);
  const other = random.pick(table.columns);
  return [
    `UPDATE ${table.name} SET ${assign([other], random)} WHERE ${name} IS NOT DISTINCT FROM ${literal(make(random))}`,
  ];
};

export const deleteRow: MakeStatements = (table, random) => [
  `DELETE FROM ${table.name} WHERE ${aRow(table, random)}`,
];

export const deleteAndInsertAgain: MakeStatements = (table, random) => {
  const row = makeRow(table, random);
  return [
    `DELETE FROM ${table.name} WHERE ${isKey(table, row.values.slice(0, table.key.length))}`,
    `${insertInto(table, [row])} ON CONFLICT DO NOTHING`,
  ];
};

/** A row that no other transaction ever sees. */
export const insertAndDelete: MakeStatements = (table, random) => {
  const row = makeRow(table, random);
  return [
    `${insertInto(table, [row])} ON CONFLICT DO NOTHING`,
    `DELETE FROM ${table.name} WHERE ${isKey(table, row.values.slice(0, table.key.length))}`,
  ];
};

/** Moves a row to another key, where that is free; a new row may come to the old key at once. */
export const changeKey: MakeStatements = (table, random) => {
  const from = makeKey(table, random);
  const to = makeKey(table, random);
  const more = random.chance(0.3)
    ? `, ${assign(smallOnes(table), random)}`
    : "";
  const move = `UPDATE ${table.name} SET ${assignKey(table, to)}${more} WHERE ${isKey(table, from)} AND NOT EXISTS (SELECT FROM ${table.name} WHERE ${isKey(table, to)})`;
  return random.chance(0.4) ? [move, ...insertRows(table, random)] : [move];
};

/** Two rows change places through a key that nobody has. */
export const swapKeys: MakeStatements = (table, random) => {
  const spare = table.spareKey?.(random);
  if (spare === undefined) return changeKey(table, random);
  const a = makeKey(table, random);
  const b = makeKey(table, random);
  const move = (from: readonly Text[], to: readonly Text[]) =>
    `UPDATE ${table.name} SET ${assignKey(table, to)} WHERE ${isKey(table, from)}`;
  return [move(a, spare), move(b, a), move(spare, b)];
};

function insertInto(table: WorkTable, rows: readonly WorkRow[]): string {
  const columns = rows[0]?.columns.join(", ");
  const values = rows.map((row) => `(${row.values.map(literal).join(", ")})`);
  return `INSERT INTO ${table.name} (${columns}) VALUES ${values.join(", ")}`;
}

function assign(columns: readonly WorkColumn[], random: Random): string {
  return columns
    .map(({ name, make }) => `${name} = ${literal(make(random))}`)
    .join(", ");
}

function assignKey(table: WorkTable, key: readonly Text[]): string {
  return table.key
    .map(({ name }, index) => `${name} = ${literal(key[index] ?? null)}`)
    .join(", ");
}

function smallOnes(table: WorkTable): readonly WorkColumn[] {
  return table.columns.filter(({ big }) => big !== true).slice(0, 1);
}

/** The row of a random key; without a key, one of the rows that look alike. */
function aRow(table: WorkTable, random: Random): string {
  if (table.key.length > 0) return isKey(table, makeKey(table, random));
  const { name, make } = random.pick(
    table.columns.filter(({ big }) => big !== true),
  );
  return `ctid = (SELECT min(ctid) FROM ${table.name} WHERE ${name} IS NOT DISTINCT FROM ${literal(make(random))})`;
}

function isKey(table: WorkTable, key: readonly Text[]): string {
  return table.key
    .map(({ name }, index) => `${name} = ${literal(key[index] ?? null)}`)
    .join(" AND ");
}
