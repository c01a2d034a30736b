import { quoteIdentifier, quoteQualified } from "../quote.ts";
import type { TableColumn } from "./columns.ts";
import type { Table, TableParent } from "./tables.ts";

/** How a table comes below its parents. */
export interface Inheritance {
  readonly columns: readonly {
    readonly column: TableColumn;
    readonly inherits: boolean;
  }[];
  /** NOT NULL of inherited columns under the child's own names: once inherited they have the parent's. In CREATE TABLE. */
  readonly constraints: readonly string[];
  /** In CREATE TABLE. */
  readonly inherits: readonly TableParent[];
  /** After it. */
  readonly statements: readonly string[];
  /** Columns that will count as the table's own, and did not. */
  readonly madeLocal: readonly string[];
}

/**
 * Partitions are made alone and attached, so that their columns keep their order and names; ATTACH marks the columns as
 * inherited. Other children are made with INHERITS where that gives the same columns, and joined by ALTER TABLE otherwise,
 * which leaves inherited columns counting as the child's own too.
 */
export function planInheritance(
  table: Table,
  tables: ReadonlyMap<number, Table>,
): Inheritance {
  const all = table.columns.map((column) => ({ column, inherits: false }));
  const child = quoteQualified(table.namespace, table.name);
  const [first] = table.parents;
  if (table.bound !== null && first !== undefined) {
    const parent = quoteQualified(first.namespace, first.name);
    return {
      columns: all,
      constraints: [],
      inherits: [],
      statements: [
        `ALTER TABLE ONLY ${parent} ATTACH PARTITION ${child} ${table.bound}`,
      ],
      madeLocal: [],
    };
  }
  const inherited = inheritedColumns(table, tables);
  if (canInherit(table, inherited)) {
    return {
      columns: table.columns
        .filter((column) => column.isLocal)
        .map((column) => ({ column, inherits: inherited.has(column.name) })),
      constraints: table.columns.flatMap((column) =>
        ownNotNull(column, inherited.get(column.name) ?? []),
      ),
      inherits: table.parents,
      statements: table.columns.flatMap((column) =>
        adjustNotNull(child, column, inherited.get(column.name) ?? []),
      ),
      madeLocal: [],
    };
  }
  return {
    columns: all,
    constraints: [],
    inherits: [],
    statements: table.parents.map(
      (parent) =>
        `ALTER TABLE ONLY ${child} INHERIT ${quoteQualified(parent.namespace, parent.name)}`,
    ),
    madeLocal: table.columns
      .filter((column) => !column.isLocal)
      .map((column) => column.name),
  };
}

type Inherited = ReadonlyMap<string, readonly TableColumn[]>;

/** The parents' columns in the order in which INHERITS merges them. */
function inheritedColumns(
  table: Table,
  tables: ReadonlyMap<number, Table>,
): Inherited {
  const columns = table.parents.flatMap(
    (parent) => tables.get(parent.oid)?.columns ?? [],
  );
  return Map.groupBy(columns, (column) => column.name);
}

function canInherit(table: Table, inherited: Inherited): boolean {
  const merged = [
    ...inherited.keys(),
    ...table.columns
      .map((column) => column.name)
      .filter((name) => !inherited.has(name)),
  ];
  return (
    table.columns.length === merged.length &&
    table.columns.every(
      (column, index) =>
        column.name === merged[index] &&
        comesAlike(column, inherited.get(column.name) ?? []),
    )
  );
}

/** Would INHERITS make this column as it is? */
function comesAlike(
  column: TableColumn,
  parents: readonly TableColumn[],
): boolean {
  if (parents.length === 0) return column.isLocal;
  if (!column.isLocal && column.identity !== null) return false;
  const constraint = column.notNullConstraint;
  const nameComesAlike =
    constraint === null ||
    constraint.isLocal ||
    parents[0]?.notNullConstraint?.name === constraint.name;
  return (
    nameComesAlike &&
    parents.every(
      (parent) =>
        parent.generated === column.generated &&
        (column.generated === "" || parent.expression === column.expression),
    )
  );
}

/** A listed column brings its constraint with it; one that only comes from a parent does not. */
function ownNotNull(
  column: TableColumn,
  parents: readonly TableColumn[],
): string[] {
  const constraint = column.notNullConstraint;
  if (constraint === null || parents.length === 0 || column.isLocal) return [];
  if (!constraint.isLocal || !constraint.validated) return [];
  return [
    `CONSTRAINT ${quoteIdentifier(constraint.name)} NOT NULL ${quoteIdentifier(column.name)}` +
      (constraint.noInherit ? " NO INHERIT" : ""),
  ];
}

/** INHERITS copies NOT NULL from the parents; the child's own choice follows. */
function adjustNotNull(
  child: string,
  column: TableColumn,
  parents: readonly TableColumn[],
): string[] {
  if (parents.length === 0 || column.notNullConstraint !== null) return [];
  const target = `ALTER TABLE ONLY ${child}`;
  const name = quoteIdentifier(column.name);
  const inherited = parents.some(
    (parent) => parent.notNull && parent.notNullConstraint?.noInherit !== true,
  );
  if (column.notNull && !inherited && !column.isLocal)
    return [`${target} ALTER COLUMN ${name} SET NOT NULL`];
  return inherited && !column.notNull
    ? [`${target} ALTER COLUMN ${name} DROP NOT NULL`]
    : [];
}
