import type { TableId } from "../../../core/shape.ts";
import type { DefinedTable, PostgresDefinitions } from "../../definitions.ts";
import type { TableStructure } from "../../table-structure.ts";
import { dropAbsent, unmadeDrafts } from "./absent.ts";
import { readDatabase } from "./database.ts";
import { readDependencies, type Dependencies } from "./dependencies.ts";
import { type Address, addressOf, type Draft } from "./draft.ts";
import { linkDrafts, resolveAlias } from "./graph.ts";
import { planInheritance } from "./inheritance.ts";
import { readInventory } from "./inventory.ts";
import { readNotes } from "./not-restored.ts";
import { orderObjects } from "./order-objects.ts";
import type { RunQuery } from "./query.ts";
import { readDrafts } from "./read-drafts.ts";
import { orderRefreshes } from "./refresh-order.ts";
import { readDefinedSequences, readSequences } from "./sequences.ts";
import { readDefinedTables } from "./table-shapes.ts";
import { readTableStructures } from "./table-structures.ts";
import { readTables, type Table } from "./tables.ts";

export interface DefinitionsOptions {
  /** Tables that are captured: the others, and what needs them, are not restored. */
  readonly include: (namespace: string, name: string) => boolean;
}

/**
 * The statements that make a database's objects again, read from pg_catalog by a bounded number of queries. `query` runs
 * them in one transaction with search_path=pg_catalog, so that the server writes every name with its schema.
 *
 * Owners are not in them: everything belongs to the role that restores. Nothing of the user's is left out silently: see
 * `notRestored`. Throws BASE_UNSETTLED when an object was dropped while it was read.
 */
export async function readDefinitions(
  query: RunQuery,
  options: DefinitionsOptions,
): Promise<PostgresDefinitions> {
  const tables = await readTables(query);
  const sequences = await readSequences(query);
  const dependencies = await readDependencies(query);
  const drafts = await readDrafts(query, { tables, sequences });
  const unmade = unmadeDrafts(
    drafts,
    await readInventory(query),
    dependencies.aliases,
  );
  const uncaptured = drafts.filter(
    (draft) => draft.kind === "table" && isUncaptured(draft, tables, options),
  );
  const present = dropAbsent(
    linkDrafts(
      withoutStrayComments([...drafts, ...unmade.keys()], dependencies),
      dependencies,
    ),
    new Map([
      ...unmade,
      ...uncaptured.map(
        (draft) => [draft, `table ${draft.name}: it is not captured`] as const,
      ),
    ]),
  );
  const made = new Map(
    present.graph.drafts.map((draft) => [draft.address, draft]),
  );
  const isMade = (oid: number): boolean =>
    made.has(
      resolveAlias(addressOf("pg_class", oid), dependencies.aliases, made),
    );
  const { objects, unbroken } = orderObjects(orderRefreshes(present.graph));
  const structures = await readTableStructures(query);
  return {
    format: 1,
    engine: "postgres",
    ...(await readDatabase(query)),
    objects,
    tables: (await readDefinedTables(query))
      .filter(
        ({ table, namespace, name }) =>
          isMade(table) && options.include(namespace, name),
      )
      .map((table) => withStructure(table, structures)),
    sequences: await readDefinedSequences(
      query,
      sequences.filter(({ oid }) => isMade(oid)),
      tables,
    ),
    notRestored: [
      ...unbroken,
      ...present.notRestored.toSorted(),
      ...uncaptured
        .filter((draft) => made.has(draft.address))
        .map(({ name }) => `rows of table ${name}: it is not captured`),
      ...madeLocal(tables),
      ...(await readNotes(query)),
    ],
  };
}

/** A table without columns has none to describe. */
function withStructure(
  table: DefinedTable,
  structures: ReadonlyMap<TableId, TableStructure>,
): DefinedTable {
  const structure = structures.get(table.table);
  return structure === undefined ? table : { ...table, structure };
}

/** A partitioned table has no rows: it is made where one of its leaves is, or nothing speaks against it. */
function isUncaptured(
  draft: Draft,
  tables: ReadonlyMap<number, Table>,
  options: DefinitionsOptions,
): boolean {
  const table = tables.get(draft.table ?? 0);
  return table !== undefined && !options.include(table.namespace, table.name);
}

/** Of objects that are not in any list: Tidemark's own constraints, for one. */
function withoutStrayComments(
  drafts: readonly Draft[],
  { aliases }: Dependencies,
): readonly Draft[] {
  const known = new Map<Address, Draft>(
    drafts.map((draft) => [draft.address, draft]),
  );
  return drafts.filter(
    ({ kind, needs: [object] }) =>
      kind !== "comment" ||
      (object !== undefined && known.has(resolveAlias(object, aliases, known))),
  );
}

function madeLocal(tables: ReadonlyMap<number, Table>): string[] {
  return [...tables.values()].flatMap((table) => {
    const columns = planInheritance(table, tables).madeLocal;
    return columns.length === 0
      ? []
      : [
          `inheritance of ${table.namespace}.${table.name}: ${columns.join(", ")} will count as its own columns too`,
        ];
  });
}
