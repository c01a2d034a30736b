import { quoteIdentifier, quoteQualified } from "../quote.ts";
import {
  type Address,
  addressOf,
  type Draft,
  makes,
  validates,
} from "./draft.ts";
import { withOptions } from "./storage-options.ts";
import { breaksWhileLoading } from "./unsafe-checks.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface ConstraintRow {
  readonly oid: number;
  readonly name: string;
  readonly type: "p" | "u" | "x" | "c" | "f";
  readonly table: number;
  readonly namespace: string;
  readonly tableName: string;
  readonly partitioned: boolean;
  readonly definition: string;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly validated: boolean;
  readonly enforced: boolean;
  readonly local: boolean;
  /** A part of the partitioned parent's. */
  readonly isPart: boolean;
  /** The parent's index to which the key's own is attached: it need not be a constraint's. */
  readonly parentIndex: { readonly oid: number; readonly label: string } | null;
  /** EXCLUDE, or WITHOUT OVERLAPS. */
  readonly excludes: boolean;
  readonly referenced: number;
  readonly indexOptions: readonly string[] | null;
  readonly unsafe: boolean;
}

/** Every table below another one. */
export type Descendants = ReadonlyMap<number, ReadonlySet<number>>;

export async function draftConstraints(
  query: RunQuery,
  below: Descendants,
): Promise<Draft[]> {
  const rows = await readRows<ConstraintRow>(
    query,
    `SELECT c.oid::int8 AS oid, c.conname AS name, c.contype AS type, t.oid::int8 AS table,
       n.nspname AS namespace, t.relname AS "tableName", t.relkind = 'p' AS partitioned,
       pg_get_constraintdef(c.oid) AS definition, c.condeferrable AS deferrable, c.condeferred AS deferred,
       c.convalidated AS validated, coalesce((to_jsonb(c) ->> 'conenforced')::bool, true) AS enforced, c.conislocal AS local,
       c.conparentid <> 0 AS "isPart", c.conexclop IS NOT NULL AS excludes,
       CASE WHEN c.contype IN ('p', 'u', 'x') THEN (
         SELECT json_build_object('oid', p.oid::int8, 'label', format('%I.%I', pn.nspname, p.relname))
         FROM pg_inherits AS h JOIN pg_class AS p ON p.oid = h.inhparent JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
         WHERE h.inhrelid = c.conindid) END AS "parentIndex",
       c.confrelid::int8 AS referenced, i.reloptions AS "indexOptions",
       coalesce(${breaksWhileLoading("c.conbin")}, false) AS unsafe
     FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = c.conrelid AND t.relkind IN ('r', 'p')
       JOIN pg_namespace AS n ON n.oid = t.relnamespace LEFT JOIN pg_class AS i ON i.oid = c.conindid AND c.contype IN ('p', 'u')
     WHERE c.contype IN ('p', 'u', 'x', 'c', 'f') AND ${isUserSchema("n")}
       AND ${isOwnObject("pg_class", "t.oid")} AND ${isOwnObject("pg_constraint", "c.oid")}`,
  );
  return rows.flatMap((row) => draftConstraint(row, below));
}

function draftConstraint(row: ConstraintRow, below: Descendants): Draft[] {
  switch (row.type) {
    case "c":
      // An inherited one comes with the parent's.
      return row.local ? draftCheck(row, below) : [];
    case "f":
      return row.isPart ? [] : [draftForeignKey(row, below)];
    case "p":
      return draftKey(row, "primary key", below);
    case "u":
      return draftKey(row, "unique", below);
    case "x":
      return draftKey(row, "exclusion", below);
    default:
      return row.type satisfies never;
  }
}

/**
 * A check that a row of the source may break (it is not valid, or see unsafe-checks.ts) is made after the rows, unvalidated;
 * then it is validated, and what it finds is reported.
 */
function draftCheck(row: ConstraintRow, below: Descendants): Draft[] {
  const late = row.unsafe || !row.validated || !row.enforced;
  const validatesLater = row.unsafe && row.validated && row.enforced;
  const made = makes("pg_constraint", row.oid, {
    kind: "check",
    name: labelOf(row),
    phase: late ? "rest" : "structure",
    statements: [
      `ALTER TABLE ${tableOf(row)} ADD CONSTRAINT ${quoteIdentifier(row.name)} ${row.definition}${validatesLater ? " NOT VALID" : ""}`,
    ],
    needs: [addressOf("pg_class", row.table)],
    follows: descendantsOf(row.table, below),
    table: row.table,
  });
  if (!validatesLater) return [made];
  const validation = validates(row.oid, {
    name: labelOf(row),
    statement: `ALTER TABLE ${tableOf(row)} VALIDATE CONSTRAINT ${quoteIdentifier(row.name)}`,
    table: row.table,
  });
  return [made, validation];
}

/**
 * On the partitioned table alone; each partition makes its own and attaches it, so that they are built in parallel. The server
 * attaches no index that excludes (CompareIndexInfo): that one reaches the partitions by itself, in a phase without parallel work.
 */
function draftKey(
  row: ConstraintRow,
  kind: "primary key" | "unique" | "exclusion",
  below: Descendants,
): Draft[] {
  if (row.excludes && row.isPart) return [];
  const reachesParts = row.excludes && row.partitioned;
  const own = quoteQualified(row.namespace, row.name);
  return [
    makes("pg_constraint", row.oid, {
      kind,
      name: labelOf(row),
      phase: reachesParts ? "foreign-keys" : "keys",
      statements: [
        `ALTER TABLE ${reachesParts ? "" : "ONLY "}${tableOf(row)} ADD CONSTRAINT ${quoteIdentifier(row.name)} ${keyDefinition(row)}`,
        ...(row.parentIndex === null
          ? []
          : [`ALTER INDEX ${row.parentIndex.label} ATTACH PARTITION ${own}`]),
      ],
      needs: [
        addressOf("pg_class", row.table),
        ...(row.parentIndex === null
          ? []
          : [addressOf("pg_class", row.parentIndex.oid)]),
      ],
      follows: row.partitioned ? descendantsOf(row.table, below) : [],
      table: row.table,
    }),
  ];
}

/** pg_get_constraintdef leaves out the index's options, which stand before DEFERRABLE. */
function keyDefinition(row: ConstraintRow): string {
  if (row.indexOptions === null) return row.definition;
  const suffix =
    (row.deferrable ? " DEFERRABLE" : "") +
    (row.deferred ? " INITIALLY DEFERRED" : "");
  const head = row.definition.slice(0, row.definition.length - suffix.length);
  return `${head}${withOptions(row.indexOptions)}${suffix}`;
}

/** Of a partitioned table it reaches the partitions by itself. */
function draftForeignKey(row: ConstraintRow, below: Descendants): Draft {
  return makes("pg_constraint", row.oid, {
    kind: "foreign key",
    name: labelOf(row),
    phase: "foreign-keys",
    statements: [
      `ALTER TABLE ${row.partitioned ? "" : "ONLY "}${tableOf(row)} ADD CONSTRAINT ${quoteIdentifier(row.name)} ${row.definition}`,
    ],
    // All the rows that it may refer to.
    needs: [
      addressOf("pg_class", row.table),
      addressOf("pg_class", row.referenced),
      ...descendantsOf(row.referenced, below),
    ],
    follows: row.partitioned ? descendantsOf(row.table, below) : [],
    table: row.table,
  });
}

function descendantsOf(table: number, below: Descendants): Address[] {
  return [...(below.get(table) ?? [])].map((oid) => addressOf("pg_class", oid));
}

function tableOf(row: ConstraintRow): string {
  return quoteQualified(row.namespace, row.tableName);
}

function labelOf(row: ConstraintRow): string {
  return `${row.namespace}.${row.tableName}.${row.name}`;
}
