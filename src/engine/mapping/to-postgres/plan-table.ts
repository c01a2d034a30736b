import { tableLabel } from "../../../core/shape.ts";
import type {
  DefinedObject,
  DefinedSequence,
  DefinedTable,
} from "../../definitions.ts";
import type { StructureKey } from "../../table-structure.ts";
import { quoteIdentifier, quoteQualified } from "../../postgres/quote.ts";
import { mapColumns, mapDefault, type MappedColumn } from "../map-columns.ts";
import type { Names } from "../names.ts";
import { planKeys, type PlannedTable } from "../planned-table.ts";
import { postgresType } from "./map-type.ts";
import { parseLabels } from "./parse-labels.ts";
import { quoteLiteral } from "../../postgres/quote.ts";

/** A sequence of the target and the column that it feeds. */
export interface PlannedCounter {
  readonly column: string;
  readonly name: string;
  /** Of the source: a table's counter has the table's name. */
  readonly source: DefinedSequence;
}

export interface PostgresTablePlan extends PlannedTable {
  readonly remarks: readonly string[];
  readonly refusals: readonly string[];
  readonly counters: readonly PlannedCounter[];
  readonly objects: readonly DefinedObject[];
}

/** Whole names only: the server would cut a longer one off, and rows go by names. */
const MOST_NAME_BYTES = 63;

export function planPostgresTable(
  table: DefinedTable,
  of: { readonly sequences: readonly DefinedSequence[]; readonly names: Names },
): PostgresTablePlan {
  const label = tableLabel(table);
  const { namespace, name } = table;
  const enumTypes = new Map<string, string>();
  const mapped = mapColumns(table, label, (shape, declared) => {
    if (declared.type.startsWith("enum(")) {
      const own = of.names.take(namespace, `${name}_${shape.name}`);
      enumTypes.set(shape.name, quoteQualified(namespace, own));
    }
    const enumType = enumTypes.get(shape.name) ?? "text";
    return postgresType(shape, declared, { enumType });
  });
  const { columns } = mapped;
  const { keys, remarks } = planKeys(table, label, columns);
  const counters = columns.flatMap(({ name: column, declared }) => {
    const source = of.sequences.find(({ columns: fed }) =>
      fed.some((each) => each.table === table.table && each.column === column),
    );
    return declared.default?.kind !== "sequence" || source === undefined
      ? []
      : [
          {
            ...{ column, source },
            name: of.names.take(namespace, `${name}_${column}_seq`),
          },
        ];
  });
  const made = makeTable({ table, label, columns, counters });
  return {
    ...{ table, label, columns, keys, counters },
    objects: [
      ...makeTypes(table, columns, enumTypes),
      ...made.objects,
      ...keys.map((key) => makeKey({ table, label, key, names: of.names })),
    ],
    remarks: [...mapped.remarks, ...made.remarks, ...remarks],
    refusals: [
      ...mapped.refusals,
      ...[namespace, name, ...columns.map((column) => column.name)]
        .filter((each) => Buffer.byteLength(each) > MOST_NAME_BYTES)
        .map((each) => `${label}: the name ${each} has more than 63 bytes`),
    ],
  };
}

function makeTypes(
  table: DefinedTable,
  columns: readonly MappedColumn[],
  types: ReadonlyMap<string, string>,
): readonly DefinedObject[] {
  return columns.flatMap(({ name, declared, mapped }) => {
    const type = types.get(name);
    if (type === undefined || mapped.type !== type) return [];
    const labels = parseLabels(declared.type).map(quoteLiteral);
    return [
      {
        ...{ id: type, kind: "enum", phase: "structure" },
        name: `${tableLabel(table)}.${name}`,
        table: table.table,
        statements: [`CREATE TYPE ${type} AS ENUM (${labels.join(", ")})`],
        needs: [schemaOf(table)],
      },
    ];
  });
}

interface TableToMake {
  readonly table: DefinedTable;
  readonly label: string;
  readonly columns: readonly MappedColumn[];
  readonly counters: readonly PlannedCounter[];
}

/** Sequences stand before the table whose defaults call them, and then belong to it. */
function makeTable({ table, label, columns, counters }: TableToMake): {
  readonly objects: readonly DefinedObject[];
  readonly remarks: readonly string[];
} {
  const { namespace, name } = table;
  const id = quoteQualified(namespace, name);
  const remarks: string[] = [];
  const lines = columns.map((column) => {
    const { declared, mapped } = column;
    const parts = [quoteIdentifier(column.name), mapped.type];
    if (!declared.nullable) parts.push("NOT NULL");
    const counter = counters.find((each) => each.column === column.name);
    if (counter !== undefined) {
      const sequence = quoteQualified(namespace, counter.name);
      parts.push(`DEFAULT nextval(${quoteLiteral(sequence)})`);
    } else if (declared.default !== undefined) {
      const found = mapDefault(column, { text: "", ...declared.default });
      if ("sql" in found) parts.push(found.sql);
      else remarks.push(`${label}.${column.name}: ${found.unmapped}`);
    }
    return parts.join(" ");
  });
  const sequences = counters.map((counter): DefinedObject => ({
    id: quoteQualified(namespace, counter.name),
    kind: "sequence",
    name: `${namespace}.${counter.name}`,
    phase: "structure",
    table: table.table,
    statements: [
      `CREATE SEQUENCE ${quoteQualified(namespace, counter.name)} INCREMENT BY ${counter.source.increment}`,
    ],
    needs: [schemaOf(table)],
  }));
  return {
    objects: [
      ...sequences,
      {
        ...{ id, kind: "table", name: label, phase: "structure" },
        table: table.table,
        statements: [
          `CREATE TABLE ${id} (\n  ${lines.join(",\n  ")}\n)`,
          ...counters.map(
            (counter) =>
              `ALTER SEQUENCE ${quoteQualified(namespace, counter.name)} OWNED BY ${id}.${quoteIdentifier(counter.column)}`,
          ),
        ],
        needs: [
          schemaOf(table),
          ...sequences.map((sequence) => `sequence ${sequence.id}`),
        ],
      },
    ],
    remarks,
  };
}

/** The names of keys are a table's own in MySQL, and a schema's in Postgres. */
function makeKey(of: {
  readonly table: DefinedTable;
  readonly label: string;
  readonly key: StructureKey;
  readonly names: Names;
}): DefinedObject {
  const { table, key } = of;
  const { namespace, name } = table;
  const id = quoteQualified(namespace, name);
  const wanted = key.kind === "primary" ? `${name}_pkey` : key.name;
  const index = of.names.take(
    namespace,
    key.kind === "primary" ? wanted : `${name}_${wanted}`,
  );
  const quoted = quoteIdentifier(index);
  const list = key.columns
    .map(
      (column) =>
        quoteIdentifier(column.name) +
        (column.descending && key.kind === "index" ? " DESC" : ""),
    )
    .join(", ");
  const common = {
    ...{ id: `${id}.${quoted}`, phase: "keys" as const, table: table.table },
    name: `${of.label}.${key.name}`,
    needs: [`table ${id}`],
  };
  switch (key.kind) {
    case "primary":
      return {
        ...{ ...common, kind: "primary key" },
        statements: [
          `ALTER TABLE ONLY ${id} ADD CONSTRAINT ${quoted} PRIMARY KEY (${list})`,
        ],
      };
    case "unique":
      return {
        ...{ ...common, kind: "unique" },
        statements: [
          `ALTER TABLE ONLY ${id} ADD CONSTRAINT ${quoted} UNIQUE (${list})`,
        ],
      };
    case "index":
      return {
        ...{ ...common, kind: "index" },
        // An entry has 2700 bytes here and 3072 in InnoDB: rows are worth more than an index.
        optional: true,
        statements: [`CREATE INDEX ${quoted} ON ${id} (${list})`],
      };
    default:
      return key.kind satisfies never;
  }
}

function schemaOf({ namespace }: DefinedTable): string {
  return `schema ${quoteIdentifier(namespace)}`;
}
