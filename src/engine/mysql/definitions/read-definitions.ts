import { tableLabel, type TableFilter } from "../../../core/shape.ts";
import type {
  DefinedObject,
  DefinedSequence,
  DefinedTable,
  MysqlDefinitions,
} from "../../definitions.ts";
import { quoteQualified } from "../quote.ts";
import { mysqlTableId } from "../shape.ts";
import { defineTable, type TableDefinition } from "./define-table.ts";
import { lossyText } from "./lossy-text.ts";
import { listEvents, listRoutines, listTriggers } from "./list-programs.ts";
import type { ListedTable } from "./listed-tables.ts";
import { readNotes } from "./not-restored.ts";
import { type RunQuery, textOf } from "./query.ts";
import { readProgram } from "./read-program.ts";
import { defineSchema, readSchemas, type Schema } from "./schemas.ts";
import { readSequence, type Sequence } from "./sequences.ts";
import { withStructures } from "./table-structures.ts";
import { defineViews, readView } from "./views.ts";

export interface DefinitionsOptions {
  readonly flavour: "mysql" | "mariadb";
  readonly version: string;
  readonly lowerCaseTableNames: number;
  readonly includes: TableFilter;
  /** Everything that the source lists, captured or not. */
  readonly listed: readonly ListedTable[];
  /** The captured ones, with their shapes. */
  readonly tables: readonly DefinedTable[];
}

/**
 * The statements that make again what the captured schemas hold, as the server prints them. It has no view of the past for
 * definitions: they are those of now, and whoever asks looks in the log for DDL since. Nothing is left out silently: see `notRestored`.
 * Throws RIGHT_MISSING where the server hides a text, SOURCE_UNREADABLE on one that is not understood.
 */
export async function readDefinitions(
  query: RunQuery,
  options: DefinitionsOptions,
): Promise<MysqlDefinitions> {
  const { tables, listed } = options;
  const schemas = (await readSchemas(query, options.flavour)).filter((schema) =>
    isCaptured(schema, options),
  );
  const made = new Set(
    tables.map(({ namespace, name }) => quoteQualified(namespace, name)),
  );
  const sequences = await readSequences(query, options);
  for (const { object } of sequences) made.add(object.id);
  const defined: TableDefinition[] = [];
  for (const { table, namespace, name } of tables) {
    const qualified = quoteQualified(namespace, name);
    const [shown] = await query(`SHOW CREATE TABLE ${qualified}`);
    defined.push(
      defineTable(
        { table, schema: namespace, name, showCreate: textOf(shown?.[1]) },
        (schema, other) => made.has(quoteQualified(schema, other)),
      ),
    );
  }
  const rest = await readRest(query, { ...options, schemas, made });
  const objects = [
    ...schemas.map(defineSchema),
    ...sequences.map(({ object }) => object),
    ...defined.flatMap((table) => table.objects),
    ...rest.objects,
  ];
  return {
    format: 1,
    engine: options.flavour,
    serverVersion: options.version,
    lowerCaseTableNames: options.lowerCaseTableNames,
    objects: byPhase(objects),
    tables: await withStructures(query, options.flavour, tables),
    sequences: [
      ...defined.flatMap(({ counter }) => counter ?? []),
      ...sequences.map((sequence) => feeding(sequence, tables, defined)),
    ],
    notRestored: [
      ...defined.flatMap(({ notRestored }) => notRestored),
      ...objects.flatMap(lossyText),
      ...rest.notRestored,
      ...uncaptured(listed, { schemas, made }),
      ...(await readNotes(query, options.flavour)),
    ],
  };
}

/** Whole schemas that are not captured are so because somebody said so. */
function uncaptured(
  listed: readonly ListedTable[],
  {
    schemas,
    made,
  }: {
    readonly schemas: readonly Schema[];
    readonly made: ReadonlySet<string>;
  },
): readonly string[] {
  const captured = new Set(schemas.map(({ name }) => name));
  return listed
    .filter(
      ({ schema, name, kind }) =>
        captured.has(schema) &&
        kind !== "view" &&
        !made.has(quoteQualified(schema, name)),
    )
    .map(
      ({ schema, name, kind }) =>
        `${kind === "sequence" ? "sequence" : "table"} ${tableLabel({ namespace: schema, name })}: it is not captured`,
    );
}

/** One that has no tables counts as its tables would. */
function isCaptured(
  { name }: Schema,
  { listed, includes }: DefinitionsOptions,
): boolean {
  const own = listed.filter(
    ({ schema, kind }) => schema === name && kind !== "view",
  );
  return own.length === 0
    ? includes(name, "")
    : own.some((table) => includes(name, table.name));
}

async function readSequences(
  query: RunQuery,
  { listed, includes }: DefinitionsOptions,
): Promise<readonly Sequence[]> {
  const sequences: Sequence[] = [];
  for (const { kind, schema, name } of listed) {
    if (kind !== "sequence" || !includes(schema, name)) continue;
    const table = mysqlTableId(schema, name);
    sequences.push(await readSequence(query, { schema, name, table }));
  }
  return sequences;
}

/** Routines, views, triggers, events: in this order, so that each finds what it needs. */
async function readRest(
  query: RunQuery,
  options: DefinitionsOptions & {
    readonly schemas: readonly Schema[];
    readonly made: ReadonlySet<string>;
  },
): Promise<{
  readonly objects: readonly DefinedObject[];
  readonly notRestored: readonly string[];
}> {
  const { schemas, made, listed } = options;
  const objects: DefinedObject[] = [];
  const readAll = async (
    schema: Schema,
    programs: Awaited<ReturnType<typeof listRoutines>>,
  ) => {
    for (const program of programs)
      objects.push(await readProgram(query, program, schema));
  };
  for (const schema of schemas)
    await readAll(schema, await listRoutines(query, schema.name));
  const captured = new Set(schemas.map(({ name }) => name));
  const views = [];
  for (const { kind, schema, name } of listed) {
    if (kind === "view" && captured.has(schema))
      views.push(await readView(query, { schema, name }));
  }
  const present = new Set(
    listed.map(({ schema, name }) => quoteQualified(schema, name)),
  );
  const defined = defineViews(views, {
    present,
    isMade: (name) => made.has(name),
  });
  objects.push(...defined.objects);
  for (const schema of schemas) {
    const tableOf = (name: string) =>
      made.has(quoteQualified(schema.name, name))
        ? mysqlTableId(schema.name, name)
        : undefined;
    await readAll(schema, await listTriggers(query, schema.name, tableOf));
  }
  for (const schema of schemas)
    await readAll(schema, await listEvents(query, schema.name));
  return { objects, notRestored: defined.notRestored };
}

function feeding(
  { sequence, object }: Sequence,
  tables: readonly DefinedTable[],
  defined: readonly TableDefinition[],
): DefinedSequence {
  return {
    ...sequence,
    columns: tables.flatMap(({ table }, n) =>
      (defined[n]?.calls ?? [])
        .filter(
          (call) => quoteQualified(call.schema, call.sequence) === object.id,
        )
        .map(({ column }) => ({ table, column })),
    ),
  };
}

function byPhase(objects: readonly DefinedObject[]): readonly DefinedObject[] {
  const phases = ["structure", "keys", "foreign-keys", "rest"] as const;
  return phases.flatMap((phase) =>
    objects.filter((object) => object.phase === phase),
  );
}
