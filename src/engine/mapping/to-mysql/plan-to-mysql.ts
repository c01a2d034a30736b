import type { TableId } from "../../../core/shape.ts";
import type {
  DefinedObject,
  DefinedSequence,
  MysqlDefinitions,
  PostgresDefinitions,
} from "../../definitions.ts";
import type { MappedTable, Mapping } from "../../mapping.ts";
import type { SequenceValue } from "../../restore-target.ts";
import { quoteIdentifier, quoteQualified } from "../../mysql/quote.ts";
import { mapRows } from "../map-rows.ts";
import { mappedShape } from "../mapped-shape.ts";
import { Names } from "../names.ts";
import { planForeignKeys, type PlannedForeignKey } from "../planned-table.ts";
import { unmappedTables } from "../unmapped-tables.ts";
import { unmappedObjects } from "../unmapped-objects.ts";
import {
  COLLATIONS,
  type MysqlTablePlan,
  planMysqlTable,
} from "./plan-table.ts";

/** A Postgres name has 63 bytes at most, a MySQL name 64 characters. */
const MOST_NAME_BYTES = 64;

const RESERVED: ReadonlySet<string> = new Set([
  ...["mysql", "information_schema", "performance_schema", "sys"],
  ...["tidemark", "tidemark_restore"],
]);

export function planToMysql(
  definitions: PostgresDefinitions,
  to: "mysql" | "mariadb",
): Mapping {
  const described = definitions.tables.filter(({ structure }) => structure);
  const plans = described.map((table) => planMysqlTable(table, to));
  const { foreignKeys, remarks } = planForeignKeys(
    plans,
    ({ onUpdate, onDelete }) =>
      [onUpdate, onDelete].includes("SET DEFAULT") ? "SET DEFAULT" : undefined,
  );
  const counters = planCounters(definitions, plans);
  const schemas = [...new Set(described.map(({ namespace }) => namespace))];
  const names = new Names(MOST_NAME_BYTES);
  const mapped: MysqlDefinitions = {
    format: 1,
    engine: to,
    serverVersion: definitions.serverVersion,
    lowerCaseTableNames: 0,
    objects: [
      ...schemas.map((schema) => makeSchema(schema, to)),
      ...plans.flatMap(({ objects }) => byPhase(objects, "structure")),
      ...plans.flatMap(({ objects }) => byPhase(objects, "keys")),
      ...foreignKeys.map((key) => makeForeignKey(key, names)),
    ],
    tables: plans.map(({ table, columns }) => ({
      table: table.table,
      namespace: table.namespace,
      name: table.name,
      shape: mappedShape(table.shape, { engine: to, columns }),
    })),
    sequences: counters.sequences,
    notRestored: [],
  };
  return {
    to,
    definitions: mapped,
    tables: new Map(
      plans.map((plan): [TableId, MappedTable] => [
        plan.table.table,
        mapRows(plan, to),
      ]),
    ),
    remarks: [
      ...plans.flatMap((plan) => plan.remarks),
      ...remarks,
      ...counters.remarks,
      ...unmappedTables(definitions),
      ...unmappedObjects(definitions),
    ],
    refusals: [
      ...definitions.tables
        .filter(({ structure }) => structure === undefined)
        .map(
          ({ namespace, name }) =>
            `${namespace}.${name}: it has no columns, and ${to} has no such table`,
        ),
      ...schemas
        .filter((schema) => RESERVED.has(schema))
        .map((schema) => `schema ${schema}: the server has one of that name`),
      ...plans.flatMap((plan) => plan.refusals),
    ],
    sequences: (values) => mapSequences(values, counters.feeds),
  };
}

function byPhase(
  objects: readonly DefinedObject[],
  phase: DefinedObject["phase"],
): readonly DefinedObject[] {
  return objects.filter((object) => object.phase === phase);
}

function makeSchema(name: string, to: "mysql" | "mariadb"): DefinedObject {
  const quoted = quoteIdentifier(name);
  return {
    ...{ id: quoted, kind: "schema", name, phase: "structure" },
    statements: [
      `CREATE DATABASE IF NOT EXISTS ${quoted} CHARACTER SET utf8mb4 COLLATE ${COLLATIONS[to]}`,
    ],
  };
}

function makeForeignKey(
  { child, parent, key }: PlannedForeignKey,
  names: Names,
): DefinedObject {
  const { namespace, name } = child.table;
  const id = quoteQualified(namespace, name);
  const constraint = names.take(namespace, key.name);
  const list = (columns: readonly string[]) =>
    columns.map(quoteIdentifier).join(", ");
  const there = quoteQualified(parent.table.namespace, parent.table.name);
  return {
    id: `${id}.${quoteIdentifier(constraint)}`,
    kind: "foreign key",
    name: `${child.label}.${key.name}`,
    phase: "foreign-keys",
    table: child.table.table,
    within: namespace,
    statements: [
      `ALTER TABLE ${quoteIdentifier(name)} ADD CONSTRAINT ${quoteIdentifier(constraint)} FOREIGN KEY (${list(key.columns)}) REFERENCES ${there} (${list(key.references.columns)}) ON DELETE ${key.onDelete} ON UPDATE ${key.onUpdate}`,
    ],
    needs: [`table ${id}`, `table ${there}`],
  };
}

interface Feed {
  readonly namespace: string;
  readonly table: string;
  readonly column: string;
}

/** Each sequence counts in the columns that it feeds and that have AUTO_INCREMENT. */
function planCounters(
  definitions: PostgresDefinitions,
  plans: readonly MysqlTablePlan[],
): {
  readonly sequences: readonly DefinedSequence[];
  readonly feeds: ReadonlyMap<string, readonly Feed[]>;
  readonly remarks: readonly string[];
} {
  const sequences: DefinedSequence[] = [];
  const feeds = new Map<string, readonly Feed[]>();
  const remarks: string[] = [];
  for (const sequence of definitions.sequences) {
    const what = `sequence ${sequence.namespace}.${sequence.name}`;
    const fed = plans.filter(({ table, counter }) =>
      sequence.columns.some(
        (column) => column.table === table.table && column.column === counter,
      ),
    );
    if (fed.length === 0) remarks.push(`${what} is not mapped`);
    else if (sequence.columns.length > 1)
      remarks.push(`${what}: each column that it feeds counts by itself`);
    if (fed.length > 0 && sequence.increment !== "1")
      remarks.push(`${what}: INCREMENT BY ${sequence.increment} is not mapped`);
    feeds.set(
      sequenceKey(sequence),
      fed.map(({ table, counter }) => ({
        namespace: table.namespace,
        table: table.name,
        column: counter ?? "",
      })),
    );
    for (const { table, counter } of fed)
      sequences.push({
        ...sequence,
        ...{ sequence: table.table, increment: "1" },
        ...{ namespace: table.namespace, name: table.name },
        columns: [{ table: table.table, column: counter ?? "" }],
      });
  }
  return { sequences, feeds, remarks };
}

/** AUTO_INCREMENT is a table's own, and has its name. */
function mapSequences(
  values: readonly SequenceValue[],
  feeds: ReadonlyMap<string, readonly Feed[]>,
): readonly SequenceValue[] {
  return values.flatMap((value) =>
    (feeds.get(sequenceKey(value)) ?? []).map((feed) => ({
      ...value,
      ...{ namespace: feed.namespace, name: feed.table, increment: "1" },
      columns: [feed],
    })),
  );
}

function sequenceKey(of: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return JSON.stringify([of.namespace, of.name]);
}
