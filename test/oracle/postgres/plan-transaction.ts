import type { Intensity } from "../intensity.ts";
import type { Random } from "../random.ts";
import type { WorkTable } from "../work-table.ts";
import { planBulk } from "./bulk.ts";
import {
  changeKey,
  deleteAndInsertAgain,
  deleteRow,
  insertAndDelete,
  insertBlindly,
  insertRows,
  literal,
  type MakeStatements,
  swapKeys,
  touchRow,
  updateRow,
  updateSeveral,
  upsertRow,
} from "./statements.ts";

export type Step =
  | { readonly kind: "sql"; readonly sql: string }
  | { readonly kind: "copy"; readonly sql: string; readonly text: string };

export interface TransactionPlan {
  readonly steps: readonly Step[];
  readonly end: "COMMIT" | "ROLLBACK" | "autocommit";
}

/** A transaction as a function of the seed alone: what comes of it depends on the other writers. */
export function planTransaction(
  tables: readonly WorkTable[],
  intensity: Intensity,
  random: Random,
): TransactionPlan {
  const steps: Step[] = [];
  const tiny = random.chance(0.3);
  const count = tiny ? 1 : random.integer(1, intensity.steps);
  for (let index = 0; index < count; index++) {
    const some = sql(planChange(random.pick(tables), random));
    if (random.chance(intensity.savepoint)) {
      steps.push(...planSavepoint(some, random));
    } else {
      steps.push(...some);
    }
  }
  if (random.chance(0.1)) steps.push(...sql([planMessage(random)]));
  if (random.chance(0.15)) steps.push(...sql([planSequence(random)]));
  if (random.chance(intensity.truncate)) {
    steps.push(...sql([planTruncate(random)]));
    if (random.chance(0.5)) {
      steps.push(...sql(planChange(random.pick(tables), random)));
    }
  }
  if (random.chance(intensity.big)) {
    const bulk = tables.filter((table) => table.bulk === true);
    steps.push(...planBulk(random.pick(bulk), intensity, random));
  } else if (random.chance(0.05)) {
    const few = { ...intensity, bigRows: 40 };
    steps.push(...planBulk(random.pick(tables), few, random));
  }
  if (tiny && steps.length === 1) return { steps, end: "autocommit" };
  const end = random.chance(intensity.rollback) ? "ROLLBACK" : "COMMIT";
  return { steps, end };
}

function planChange(table: WorkTable, random: Random): readonly string[] {
  return random.pick(changesOf(table))(table, random);
}

function changesOf(table: WorkTable): readonly MakeStatements[] {
  if (table.insertOnly === true) return [insertRows, insertBlindly];
  if (table.updateOnly === true) return [updateRow, touchRow];
  const always = [
    ...[insertRows, insertRows, updateRow, updateRow, updateRow],
    ...[deleteRow, touchRow],
  ];
  if (table.key.length === 0) return [...always, updateSeveral];
  if (table.keyByServer === true) return always;
  return [
    ...[...always, insertBlindly, upsertRow, upsertRow],
    ...[deleteAndInsertAgain, insertAndDelete, changeKey, changeKey, swapKeys],
  ];
}

/** Undone, kept, or nested and half of each. */
function planSavepoint(inner: readonly Step[], random: Random): Step[] {
  const name = `s${random.integer(1, 3)}`;
  const nested = random.chance(0.3)
    ? [...sql(["SAVEPOINT inside"]), ...inner, ...sql(["RELEASE inside"])]
    : inner;
  const end = random.chance(0.5)
    ? [`ROLLBACK TO ${name}`]
    : [`RELEASE ${name}`];
  return [...sql([`SAVEPOINT ${name}`]), ...nested, ...sql(end)];
}

function planMessage(random: Random): string {
  const user = random.pick(["alice", "bob", "Ünal", 'x"y']);
  const [transactional, prefix] = random.pick([
    [true, "tidemark.context"],
    [true, "tidemark.context"],
    [true, "somebody.else"],
    [false, "somebody.else"],
    [false, "tidemark.context"],
  ] as const);
  return `SELECT pg_logical_emit_message(${transactional}, ${literal(prefix)}, ${literal(JSON.stringify({ user }))})`;
}

function planSequence(random: Random): string {
  return random.pick([
    "SELECT nextval('oracle.order_number') FROM generate_series(1, 5)",
    "SELECT nextval('oracle.countdown')",
    `SELECT setval('oracle.order_number', ${random.integer(1, 1e6)}, ${random.chance(0.5)})`,
  ]);
}

function planTruncate(random: Random): string {
  return `TRUNCATE ${random.pick([
    "oracle.order_lines",
    "oracle.slugs",
    "oracle.keyless",
    "oracle.insert_only",
    "oracle.full_beside_key",
    "oracle.documents, oracle.by_index, oracle.rates",
    "oracle.accounts RESTART IDENTITY CASCADE",
    "oracle.tickets RESTART IDENTITY",
    "oracle.measurements",
    "oracle.measurements_eu",
    "oracle.measurements_eu_2024",
    "oracle.measurements_us, oracle.tree",
    "ONLY oracle.vehicles",
    "oracle.vehicles",
    "oracle.every_type",
  ])}`;
}

function sql(statements: readonly string[]): readonly Step[] {
  return statements.map((each) => ({ kind: "sql", sql: each }));
}
