import type { Random } from "../random.ts";
import type { Text } from "../values.ts";
import {
  makeKey,
  makeRow,
  type WorkColumn,
  type WorkRow,
  type WorkTable,
} from "../work-table.ts";
import { literal } from "./values.ts";

/** SQL of a random change of one table: a function of the seed alone, so that it can be written down again. */
export type MakeStatements = (
  table: WorkTable,
  random: Random,
) => readonly string[];

export const insertRows: MakeStatements = (table, random) => {
  const rows = Array.from({ length: random.integer(1, 6) }, () =>
    makeRow(table, random),
  );
  return [insertInto("INSERT IGNORE", table, rows)];
};

/** Without IGNORE: fails now and then, also late in a long transaction. */
export const insertBlindly: MakeStatements = (table, random) => [
  insertInto("INSERT", table, [makeRow(table, random)]),
];

/** By whichever unique key it meets. */
export const upsertRow: MakeStatements = (table, random) => {
  const row = makeRow(table, random);
  const set = table.columns.map(({ name }) => `${name} = VALUES(${name})`);
  return [
    `${insertInto("INSERT", table, [row])} ON DUPLICATE KEY UPDATE ${set.join(", ")}`,
  ];
};

/** Deletes every row whose unique key it meets, or updates it where that is the same. */
export const replaceRows: MakeStatements = (table, random) => {
  const rows = Array.from({ length: random.integer(1, 3) }, () =>
    makeRow(table, random),
  );
  return [insertInto("REPLACE", table, rows)];
};

export const updateRow: MakeStatements = (table, random) => {
  const touched = table.columns.filter(
    ({ big }) => random.chance(0.5) && (big !== true || random.chance(0.3)),
  );
  const columns = touched.length > 0 ? touched : table.columns.slice(-1);
  return [
    `UPDATE ${table.name} SET ${assign(columns, random)} WHERE ${aRow(table, random)}`,
  ];
};

/** Sets a column to what it is: no change at all, unless the server keeps the time of it. */
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
    `UPDATE ${table.name} SET ${assign([other], random)} WHERE ${name} <=> ${literal(make(random))}`,
  ];
};

export const deleteRow: MakeStatements = (table, random) => [
  `DELETE FROM ${table.name} WHERE ${aRow(table, random)}`,
];

export const deleteAndInsertAgain: MakeStatements = (table, random) => {
  const row = makeRow(table, random);
  return [
    `DELETE FROM ${table.name} WHERE ${isKey(table, row.values.slice(0, table.key.length))}`,
    insertInto("INSERT IGNORE", table, [row]),
  ];
};

/** A row that no other transaction ever sees. */
export const insertAndDelete: MakeStatements = (table, random) => {
  const row = makeRow(table, random);
  return [
    insertInto("INSERT IGNORE", table, [row]),
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
  const move = `UPDATE IGNORE ${table.name} SET ${assignKey(table, to)}${more} WHERE ${isKey(table, from)}`;
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

function insertInto(
  verb: "INSERT" | "INSERT IGNORE" | "REPLACE",
  table: WorkTable,
  rows: readonly WorkRow[],
): string {
  const columns = rows[0]?.columns.join(", ");
  const values = rows.map((row) => `(${row.values.map(literal).join(", ")})`);
  return `${verb} INTO ${table.name} (${columns}) VALUES ${values.join(", ")}`;
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
  return `${name} <=> ${literal(make(random))} LIMIT 1`;
}

function isKey(table: WorkTable, key: readonly Text[]): string {
  return table.key
    .map(({ name }, index) => `${name} = ${literal(key[index] ?? null)}`)
    .join(" AND ");
}
