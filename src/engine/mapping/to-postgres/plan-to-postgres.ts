import type { TableId } from "../../../core/shape.ts";
import type {
  DefinedObject,
  DefinedSequence,
  MysqlDefinitions,
  PostgresDefinitions,
} from "../../definitions.ts";
import type { MappedTable, Mapping } from "../../mapping.ts";
import type { SequenceValue } from "../../restore-target.ts";
import { maskQuoted } from "../../mysql/definitions/mask-quoted.ts";
import { quoteIdentifier, quoteQualified } from "../../postgres/quote.ts";
import { mapRows } from "../map-rows.ts";
import { mappedShape } from "../mapped-shape.ts";
import { Names } from "../names.ts";
import { planForeignKeys, type PlannedForeignKey } from "../planned-table.ts";
import { unmappedObjects } from "../unmapped-objects.ts";
import { unmappedTables } from "../unmapped-tables.ts";
import { planPostgresTable, type PostgresTablePlan } from "./plan-table.ts";

const MOST_NAME_BYTES = 63;

/** MySQL's texts are of every language: byte by byte is the one order that does not depend on the host. */
const DATABASE: PostgresDefinitions["database"] = {
  encoding: "UTF8",
  collate: "C",
  ctype: "C",
  localeProvider: "libc",
  locale: null,
};

export function planToPostgres(definitions: MysqlDefinitions): Mapping {
  const described = definitions.tables.filter(({ structure }) => structure);
  const names = new Names(MOST_NAME_BYTES);
  // Rows go by the names of tables: those come first.
  for (const { namespace, name } of described) names.take(namespace, name);
  const plans = described.map((table) =>
    planPostgresTable(table, { sequences: definitions.sequences, names }),
  );
  const { foreignKeys, remarks } = planForeignKeys(plans, () => undefined);
  const schemas = [...new Set(described.map(({ namespace }) => namespace))];
  return {
    to: "postgres",
    definitions: {
      format: 1,
      engine: "postgres",
      serverVersion: definitions.serverVersion,
      database: DATABASE,
      objects: [
        ...schemas.map(makeSchema),
        ...plans.flatMap(({ objects }) => byPhase(objects, "structure")),
        ...plans.flatMap(({ objects }) => byPhase(objects, "keys")),
        ...foreignKeys.map((key) => makeForeignKey(key, names)),
      ],
      tables: plans.map(({ table, columns }) => ({
        table: table.table,
        namespace: table.namespace,
        name: table.name,
        shape: mappedShape(table.shape, { engine: "postgres", columns }),
      })),
      sequences: plans.flatMap(sequencesOf),
      notRestored: [],
    },
    tables: new Map(
      plans.map((plan): [TableId, MappedTable] => [
        plan.table.table,
        mapRows(plan, "postgres"),
      ]),
    ),
    remarks: [
      ...plans.flatMap((plan) => plan.remarks),
      ...remarks,
      ...insideStatements(definitions),
      ...unmappedTables(definitions),
      ...unmappedObjects(definitions),
      ...unmappedSequences(definitions, plans),
    ],
    refusals: [
      ...schemas
        .filter((schema) => /^pg_|^tidemark/.test(schema))
        .map(
          (schema) => `schema ${schema}: the target keeps that name for itself`,
        ),
      ...plans.flatMap((plan) => plan.refusals),
    ],
    sequences: (values) => mapSequences(values, plans),
  };
}

function byPhase(
  objects: readonly DefinedObject[],
  phase: DefinedObject["phase"],
): readonly DefinedObject[] {
  return objects.filter((object) => object.phase === phase);
}

/** A new database has `public`. */
function makeSchema(name: string): DefinedObject {
  const quoted = quoteIdentifier(name);
  return {
    ...{ id: quoted, kind: "schema", name, phase: "structure" },
    statements: [`CREATE SCHEMA IF NOT EXISTS ${quoted}`],
  };
}

/** Rows that break it under Postgres's comparison are told of, and it is made NOT VALID: see the target. */
function makeForeignKey(
  { child, parent, key }: PlannedForeignKey,
  names: Names,
): DefinedObject {
  const id = quoteQualified(child.table.namespace, child.table.name);
  const there = quoteQualified(parent.table.namespace, parent.table.name);
  const list = (columns: readonly string[]) =>
    columns.map(quoteIdentifier).join(", ");
  const constraint = quoteIdentifier(names.take(id, key.name));
  return {
    id: `${id}.${constraint}`,
    kind: "foreign key",
    name: `${child.label}.${key.name}`,
    phase: "foreign-keys",
    table: child.table.table,
    statements: [
      `ALTER TABLE ONLY ${id} ADD CONSTRAINT ${constraint} FOREIGN KEY (${list(key.columns)}) REFERENCES ${there} (${list(key.references.columns)}) ON DELETE ${key.onDelete} ON UPDATE ${key.onUpdate}`,
    ],
    needs: [`table ${id}`, `table ${there}`],
  };
}

/** What stands in CREATE TABLE besides columns and keys. */
function insideStatements({ objects }: MysqlDefinitions): readonly string[] {
  return objects
    .filter(({ kind }) => kind === "table")
    .flatMap(({ name, statements }) => {
      const text = statements.map(maskQuoted).join("\n");
      return [
        ...(/\bCHECK \(/.test(text)
          ? [`checks of ${name} are not mapped`]
          : []),
        ...(/\bPARTITION BY\b/.test(text)
          ? [`partitions of ${name} are not mapped: it becomes one table`]
          : []),
        ...(/\bCOMMENT[ =]/.test(text)
          ? [`comments of ${name} are not mapped`]
          : []),
      ];
    });
}

function sequencesOf({
  table,
  counters,
}: PostgresTablePlan): readonly DefinedSequence[] {
  return counters.map(({ name, column, source }) => ({
    ...source,
    ...{ namespace: table.namespace, name },
    columns: [{ table: table.table, column }],
  }));
}

function unmappedSequences(
  { sequences }: MysqlDefinitions,
  plans: readonly PostgresTablePlan[],
): readonly string[] {
  const used = new Set(
    plans.flatMap(({ counters }) => counters.map(({ source }) => source)),
  );
  return sequences
    .filter((sequence) => !used.has(sequence))
    .map(
      ({ namespace, name }) => `sequence ${namespace}.${name} is not mapped`,
    );
}

function mapSequences(
  values: readonly SequenceValue[],
  plans: readonly PostgresTablePlan[],
): readonly SequenceValue[] {
  return values.flatMap((value) =>
    plans.flatMap(({ table: { namespace, name: table }, counters }) =>
      counters
        .filter(
          ({ source }) =>
            source.namespace === value.namespace && source.name === value.name,
        )
        .map(({ name, column }) => ({
          ...value,
          ...{ namespace, name },
          columns: [{ namespace, table, column }],
        })),
    ),
  );
}
