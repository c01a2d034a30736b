import { tableLabel, type TableId } from "../core/shape.ts";
import type { DefinedObject, Definitions } from "./definitions.ts";

export interface Selection {
  readonly definitions: Definitions;
  /** Foreign keys of chosen tables to others, which are not made, and tables made without their rows. One line each. */
  readonly leftOut: readonly string[];
}

/** Belongs to what it is about, and never brings anything with it. */
const ABOUT: ReadonlySet<string> = new Set(["comment", "grant"]);

/**
 * The part of `definitions` that makes the chosen tables: with their parts (keys, indexes, triggers, policies …), the types,
 * functions, sequences and schemas that those need, and the parents of partitions with their parts. Other tables that they
 * need (a parent they inherit from, a row type, a table that a policy reads) are made without rows. Views, and functions
 * that no table needs, are not.
 */
export function selectDefinitions(
  definitions: Definitions,
  tables: ReadonlySet<TableId>,
): Selection {
  const source = indexObjects(definitions);
  const kept = keepTables(source, chooseParents(source, tables));
  const foreignKeys = definitions.objects.filter(
    ({ kind, table }) =>
      kind === "foreign key" && kept.full.has(table ?? Number.NaN),
  );
  for (const key of foreignKeys) {
    const refersInside = source
      .needsOf(key)
      .every((need) => kept.objects.has(need) && isWhole(need, source, tables));
    if (refersInside) kept.objects.add(key);
  }
  for (const object of definitions.objects) {
    const about = source.needsOf(object);
    if (
      ABOUT.has(object.kind) &&
      about.length > 0 &&
      about.every((one) => kept.objects.has(one))
    )
      kept.objects.add(object);
  }
  return {
    definitions: {
      ...definitions,
      objects: definitions.objects.filter((object) => kept.objects.has(object)),
      tables: definitions.tables.filter(({ table }) => tables.has(table)),
      sequences: selectSequences(definitions, kept.objects, tables),
    },
    leftOut: [
      ...foreignKeys
        .filter((key) => !kept.objects.has(key))
        .map(
          ({ name }) =>
            `foreign key ${name}: it refers to a table that was not chosen`,
        ),
      ...[...kept.objects]
        .filter((object) => !isWhole(object, source, tables))
        .map(
          ({ name }) =>
            `rows of table ${name}: it was not chosen, and one that was needs it`,
        ),
    ],
  };
}

interface Indexed {
  readonly objects: readonly DefinedObject[];
  readonly needsOf: (object: DefinedObject) => readonly DefinedObject[];
  readonly withRows: ReadonlySet<TableId>;
}

function indexObjects(definitions: Definitions): Indexed {
  const byKey = new Map(
    definitions.objects.map((object) => [
      `${object.kind} ${object.id}`,
      object,
    ]),
  );
  return {
    objects: definitions.objects,
    needsOf: (object) =>
      (object.needs ?? [])
        .map((key) => byKey.get(key))
        .filter((need) => need !== undefined),
    withRows: new Set(definitions.tables.map(({ table }) => table)),
  };
}

/** The chosen tables, and above them every table without rows of its own: a partition has its checks and keys from there. */
function chooseParents(
  source: Indexed,
  tables: ReadonlySet<TableId>,
): ReadonlySet<TableId> {
  const byTable = new Map(
    source.objects
      .filter(({ kind }) => kind === "table")
      .map((object) => [object.table, object]),
  );
  const full = new Set<TableId>();
  const todo = [...tables];
  for (let table = todo.pop(); table !== undefined; table = todo.pop()) {
    if (full.has(table)) continue;
    full.add(table);
    const object = byTable.get(table);
    for (const need of object === undefined ? [] : source.needsOf(object)) {
      if (need.kind !== "table" || need.table === undefined) continue;
      if (!source.withRows.has(need.table)) todo.push(need.table);
    }
  }
  return full;
}

/** With all that they need. Of a table that is only needed its checks stay too: its children inherit them. */
function keepTables(
  source: Indexed,
  full: ReadonlySet<TableId>,
): {
  readonly objects: Set<DefinedObject>;
  readonly full: ReadonlySet<TableId>;
} {
  const objects = new Set<DefinedObject>();
  const todo = source.objects.filter(
    ({ kind, name, table }) =>
      (table !== undefined &&
        full.has(table) &&
        kind !== "foreign key" &&
        !ABOUT.has(kind)) ||
      // Nothing says that it needs the schema which every new database has.
      (kind === "schema" && name === "public"),
  );
  const checks = Map.groupBy(
    source.objects.filter(({ kind }) => kind === "check"),
    ({ table }) => table,
  );
  for (let object = todo.pop(); object !== undefined; object = todo.pop()) {
    if (objects.has(object)) continue;
    objects.add(object);
    todo.push(...source.needsOf(object));
    if (object.kind === "table") todo.push(...(checks.get(object.table) ?? []));
  }
  return { objects, full };
}

/** A table with rows of its own is only whole when it was chosen. */
function isWhole(
  object: DefinedObject,
  source: Indexed,
  tables: ReadonlySet<TableId>,
): boolean {
  if (object.kind !== "table" || object.table === undefined) return true;
  return tables.has(object.table) || !source.withRows.has(object.table);
}

/** Those that a column of a chosen table feeds from, and those that are made for another reason. */
function selectSequences(
  definitions: Definitions,
  kept: ReadonlySet<DefinedObject>,
  tables: ReadonlySet<TableId>,
): Definitions["sequences"] {
  const made = new Set(
    [...kept].filter(({ kind }) => kind === "sequence").map(({ name }) => name),
  );
  return definitions.sequences
    .map((sequence) => ({
      ...sequence,
      columns: sequence.columns.filter(({ table }) => tables.has(table)),
    }))
    .filter(
      (sequence) =>
        sequence.columns.length > 0 || made.has(tableLabel(sequence)),
    );
}
