import { quoteIdentifier, quoteQualified } from "../quote.ts";
import { columnDefinition, type TableColumn } from "./columns.ts";
import { columnSettings } from "./column-settings.ts";
import { addressOf, type Draft, changes, makes } from "./draft.ts";
import { planInheritance, type Inheritance } from "./inheritance.ts";
import { withOptions } from "./storage-options.ts";
import type { Table } from "./tables.ts";

/** Tables with everything that rows meet while they are loaded. */
export function draftTables(tables: ReadonlyMap<number, Table>): Draft[] {
  return [...tables.values()].flatMap((table) => [
    draftTable(table, tables),
    ...draftCompression(table),
    ...draftDefaults(table, tables),
    ...draftLateNotNulls(table),
    ...draftReplicaIdentity(table),
    ...draftRowSecurity(table),
  ]);
}

function draftTable(table: Table, tables: ReadonlyMap<number, Table>): Draft {
  const name = quoteQualified(table.namespace, table.name);
  const inheritance = planInheritance(table, tables);
  return makes("pg_class", table.oid, {
    kind: "table",
    name: `${table.namespace}.${table.name}`,
    phase: "structure",
    statements: [
      createTable(table, inheritance),
      ...(table.ofType === null
        ? []
        : [`ALTER TABLE ONLY ${name} OF ${table.ofType}`]),
      ...columnSettings(table, tables),
      ...inheritance.statements,
    ],
    needs: table.parents.map((parent) => addressOf("pg_class", parent.oid)),
    table: table.oid,
  });
}

function createTable(table: Table, inheritance: Inheritance): string {
  const columns = [
    ...inheritance.columns.map(({ column, inherits }) =>
      columnDefinition(column, inherits),
    ),
    ...inheritance.constraints,
  ].map((item) => `\n  ${item}`);
  const parents = inheritance.inherits.map((parent) =>
    quoteQualified(parent.namespace, parent.name),
  );
  return (
    `CREATE ${table.unlogged ? "UNLOGGED " : ""}TABLE ${quoteQualified(table.namespace, table.name)} (` +
    `${columns.join(",")}${columns.length > 0 ? "\n" : ""})` +
    (parents.length > 0 ? ` INHERITS (${parents.join(", ")})` : "") +
    (table.partitionKey === null ? "" : ` PARTITION BY ${table.partitionKey}`) +
    (table.accessMethod === null
      ? ""
      : ` USING ${quoteIdentifier(table.accessMethod)}`) +
    withOptions(table.options, table.toastOptions)
  );
}

/** A server may be built without lz4: then the values are stored in its default way. */
function draftCompression(table: Table): Draft[] {
  return table.columns
    .filter((column) => column.compression !== "")
    .map((column) =>
      changeColumn(table, column, {
        kind: "compression",
        action: `SET COMPRESSION ${column.compression === "l" ? "lz4" : "pglz"}`,
        optional: true,
      }),
    );
}

/** After every inheritor: CREATE TABLE … INHERITS would copy the default into it. */
function draftDefaults(
  table: Table,
  tables: ReadonlyMap<number, Table>,
): Draft[] {
  const inheritors = [...tables.values()].filter((other) =>
    other.parents.some((parent) => parent.oid === table.oid),
  );
  return table.columns.flatMap((column) => {
    const { expressionOid, expression } = column;
    if (expressionOid === null || column.generated !== "") return [];
    return makes("pg_attrdef", expressionOid, {
      kind: "default",
      name: `${table.namespace}.${table.name}.${column.name}`,
      phase: "structure",
      statements: [
        alterColumn(table, column, `SET DEFAULT ${expression ?? ""}`),
      ],
      needs: [addressOf("pg_class", table.oid)],
      follows: inheritors.map(({ oid }) => addressOf("pg_class", oid)),
      table: table.oid,
    });
  });
}

/** NOT VALID: rows from before may break it. */
function draftLateNotNulls(table: Table): Draft[] {
  return table.columns.flatMap((column) => {
    const constraint = column.notNullConstraint;
    if (constraint === null || constraint.validated || !constraint.isLocal)
      return [];
    const name = quoteQualified(table.namespace, table.name);
    return changes(
      "pg_class",
      { oid: table.oid, subid: column.number },
      {
        kind: "not null",
        name: `${table.namespace}.${table.name}.${constraint.name}`,
        phase: "rest",
        statements: [
          `ALTER TABLE ${name} ADD CONSTRAINT ${quoteIdentifier(constraint.name)} NOT NULL ${quoteIdentifier(column.name)}` +
            `${constraint.noInherit ? " NO INHERIT" : ""} NOT VALID`,
        ],
        table: table.oid,
      },
    );
  });
}

/** USING INDEX is written with the index. */
function draftReplicaIdentity(table: Table): Draft[] {
  const identity = { f: "FULL", n: "NOTHING" }[table.replicaIdentity];
  if (identity === undefined) return [];
  return [
    changes(
      "pg_class",
      { oid: table.oid },
      {
        kind: "replica identity",
        name: `${table.namespace}.${table.name}`,
        phase: "keys",
        statements: [
          `ALTER TABLE ONLY ${quoteQualified(table.namespace, table.name)} REPLICA IDENTITY ${identity}`,
        ],
        table: table.oid,
      },
    ),
  ];
}

function draftRowSecurity(table: Table): Draft[] {
  const name = quoteQualified(table.namespace, table.name);
  const statements = [
    ...(table.rowSecurity
      ? [`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`]
      : []),
    ...(table.forceRowSecurity
      ? [`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`]
      : []),
  ];
  if (statements.length === 0) return [];
  return [
    changes(
      "pg_class",
      { oid: table.oid },
      {
        kind: "row security",
        name: `${table.namespace}.${table.name}`,
        phase: "rest",
        statements,
        table: table.oid,
      },
    ),
  ];
}

function changeColumn(
  table: Table,
  column: TableColumn,
  change: {
    readonly kind: "compression";
    readonly action: string;
    readonly optional: true;
  },
): Draft {
  return changes(
    "pg_class",
    { oid: table.oid, subid: column.number },
    {
      kind: change.kind,
      name: `${table.namespace}.${table.name}.${column.name}`,
      phase: "structure",
      statements: [alterColumn(table, column, change.action)],
      table: table.oid,
      optional: change.optional,
    },
  );
}

function alterColumn(
  table: Table,
  column: TableColumn,
  action: string,
): string {
  return `ALTER TABLE ONLY ${quoteQualified(table.namespace, table.name)} ALTER COLUMN ${quoteIdentifier(column.name)} ${action}`;
}
