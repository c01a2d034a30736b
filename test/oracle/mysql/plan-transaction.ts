import type { Intensity } from "../intensity.ts";
import type { Random } from "../random.ts";
import type { WorkTable } from "../work-table.ts";
import { planBulk } from "./bulk.ts";
import { planJoined } from "./joined-statements.ts";
import {
  changeKey,
  deleteAndInsertAgain,
  deleteRow,
  insertAndDelete,
  insertBlindly,
  insertRows,
  type MakeStatements,
  replaceRows,
  swapKeys,
  touchRow,
  updateRow,
  updateSeveral,
  upsertRow,
} from "./statements.ts";

export type Step =
  | { readonly kind: "sql"; readonly sql: string }
  | { readonly kind: "load"; readonly sql: string; readonly text: string };

export type Ending =
  | { readonly kind: "autocommit" | "COMMIT" | "ROLLBACK" }
  /** Prepared, and decided in this session or another: at once, or after so many more transactions of the writer. */
  | {
      readonly kind: "XA";
      readonly decision: "COMMIT" | "ROLLBACK";
      readonly elsewhere: boolean;
      readonly after: number;
    };

export interface TransactionPlan {
  readonly steps: readonly Step[];
  readonly end: Ending;
  /** Goes on behind a statement that failed: the server undoes that one alone. */
  readonly goesOn: boolean;
}

/** A transaction as a function of the seed alone: what comes of it depends on the other writers. */
export function planTransaction(
  tables: readonly WorkTable[],
  intensity: Intensity,
  random: Random,
): TransactionPlan {
  if (random.chance(intensity.truncate)) {
    // Commits what was open.
    const before = sql(planChange(random.pick(tables), intensity, random));
    const truncate = sql([planTruncate(random)]);
    return random.chance(0.3)
      ? plan([...before, ...truncate], "COMMIT")
      : plan(truncate, "autocommit");
  }
  if (random.chance(0.01)) return plan(sql([planAside(random)]), "autocommit");
  const steps: Step[] = [];
  const tiny = random.chance(0.3);
  const xa = !tiny && random.chance(0.08);
  const count = tiny ? 1 : random.integer(1, intensity.steps);
  for (let index = 0; index < count; index++) {
    const some = sql(
      random.chance(0.1)
        ? [planJoined(intensity.keys, random)]
        : planChange(random.pick(tables), intensity, random),
    );
    if (!xa && random.chance(intensity.savepoint)) {
      steps.push(...planSavepoint(some, random));
    } else {
      steps.push(...some);
    }
  }
  const bulk = tables.filter((table) => table.bulk === true);
  if (random.chance(intensity.big)) {
    steps.push(...planBulk(random.pick(bulk), intensity, random));
  } else if (random.chance(0.05)) {
    const few = { ...intensity, bigRows: 40 };
    steps.push(...planBulk(random.pick(bulk), few, random));
  } else if (!xa && random.chance(0.02)) {
    steps.push(...sql(planTemporary(random)));
  }
  if (tiny && steps.length === 1) return plan(steps, "autocommit");
  const end = random.chance(intensity.rollback) ? "ROLLBACK" : "COMMIT";
  const goesOn = random.chance(0.3);
  if (!xa) return { ...plan(steps, end), goesOn };
  const elsewhere = random.chance(0.5);
  const lingers = !intensity.replicable && random.chance(0.5);
  const after = lingers ? random.integer(1, 6) : 0;
  return {
    steps,
    end: { kind: "XA", decision: end, elsewhere, after },
    goesOn,
  };
}

function plan(
  steps: readonly Step[],
  kind: "autocommit" | "COMMIT" | "ROLLBACK",
): TransactionPlan {
  return { steps, end: { kind }, goesOn: false };
}

function planChange(
  table: WorkTable,
  { replicable }: Intensity,
  random: Random,
): readonly string[] {
  const changes = changesOf(table).filter(
    (make) =>
      make !== replaceRows || !replicable || table.isParent === undefined,
  );
  const statements = random.pick(changes)(table, random);
  if (!random.chance(0.1)) return statements;
  const user = random.pick(["alice", "bob", "Ünal", 'x"y']);
  return statements.map(
    (statement) => `/* ${JSON.stringify({ user })} */ ${statement}`,
  );
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
    ...[...always, insertBlindly, upsertRow, upsertRow, replaceRows],
    ...[deleteAndInsertAgain, insertAndDelete, changeKey, changeKey, swapKeys],
  ];
}

/** Undone, kept, or nested and half of each. */
function planSavepoint(inner: readonly Step[], random: Random): Step[] {
  const name = `s${random.integer(1, 3)}`;
  const nested = random.chance(0.3)
    ? [
        ...sql(["SAVEPOINT inside"]),
        ...inner,
        ...sql(["RELEASE SAVEPOINT inside"]),
      ]
    : inner;
  const end = random.chance(0.5)
    ? [`ROLLBACK TO SAVEPOINT ${name}`]
    : [`RELEASE SAVEPOINT ${name}`];
  return [...sql([`SAVEPOINT ${name}`]), ...nested, ...sql(end)];
}

/** Rows that no log has, in a table of this session alone, with the name of one that everybody has. */
function planTemporary(random: Random): readonly string[] {
  const name = random.pick(["oracle.scratch", "oracle.rates"]);
  return [
    `CREATE TEMPORARY TABLE ${name} (rate DECIMAL(10, 4), label VARCHAR(60))`,
    `INSERT INTO ${name} VALUES (${random.integer(1, 99)}, 'temporary'), (2, NULL)`,
    `INSERT INTO oracle.keyless (size, colour) SELECT rate, label FROM ${name}`,
    `DROP TEMPORARY TABLE ${name}`,
  ];
}

function planTruncate(random: Random): string {
  return `TRUNCATE TABLE ${random.pick([
    ...["oracle.order_lines", "oracle.slugs", "oracle.keyless"],
    ...["oracle.insert_only", "oracle.unique_only", "oracle.documents"],
    ...["oracle.rates", "oracle.tickets", "oracle.measurements"],
    // Refused: others refer to it.
    ...["oracle.hashed", "oracle.every_type", "oracle.audit", "oracle.tree"],
  ])}`;
}

/** What changes neither rows nor definitions. */
function planAside(random: Random): string {
  return random.pick([
    "ANALYZE TABLE oracle.accounts, oracle.measurements",
    "FLUSH TABLES oracle.keyless",
    "FLUSH STATUS",
    "CREATE USER IF NOT EXISTS oracle_reader IDENTIFIED BY 'not-a-secret'",
    "DROP USER IF EXISTS oracle_reader",
    "CHECK TABLE oracle.rates",
  ]);
}

function sql(statements: readonly string[]): readonly Step[] {
  return statements.map((each) => ({ kind: "sql", sql: each }));
}
