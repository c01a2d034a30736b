import type {
  DefinedObject,
  Definitions,
  SchemaPhase,
} from "../../definitions.ts";
import { SCHEMA_PHASES } from "../../definitions.ts";
import { draftCollations } from "./collations.ts";
import { draftConstraints } from "./constraints.ts";
import { readDatabase } from "./database.ts";
import { readDependencies } from "./dependencies.ts";
import type { Draft } from "./draft.ts";
import { draftDomainConstraints, draftDomains } from "./domains.ts";
import { draftFunctions } from "./functions.ts";
import { type Graph, linkDrafts } from "./graph.ts";
import { draftIndexes } from "./indexes.ts";
import { orderPhase } from "./order.ts";
import { assignPhases } from "./phases.ts";
import type { RunQuery } from "./query.ts";
import { draftExtensions, draftLanguages, draftSchemas } from "./schemas.ts";
import {
  draftSequences,
  readDefinedSequences,
  readSequences,
} from "./sequences.ts";
import { orderRefreshes } from "./refresh-order.ts";
import { readDefinedTables } from "./table-shapes.ts";
import { draftTables } from "./draft-tables.ts";
import { readDescendants, readTables } from "./tables.ts";
import { draftTypes } from "./types.ts";
import { draftViews } from "./views.ts";

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
  _options: DefinitionsOptions,
): Promise<Definitions> {
  const tables = await readTables(query);
  const below = readDescendants(tables);
  const sequences = await readSequences(query);
  const drafts: Draft[] = [
    ...(await draftSchemas(query)),
    ...(await draftExtensions(query)),
    ...(await draftLanguages(query)),
    ...(await draftCollations(query)),
    ...(await draftTypes(query)),
    ...(await draftDomains(query)),
    ...(await draftDomainConstraints(query)),
    ...(await draftFunctions(query)),
    ...draftSequences(sequences),
    ...draftTables(tables),
    ...(await draftConstraints(query, below)),
    ...(await draftIndexes(query)),
    ...(await draftViews(query)),
  ];
  const graph = orderRefreshes(
    linkDrafts(drafts, await readDependencies(query)),
  );
  const { objects, unbroken } = orderObjects(graph);
  return {
    format: 1,
    engine: "postgres",
    ...(await readDatabase(query)),
    objects,
    tables: await readDefinedTables(query),
    sequences: await readDefinedSequences(query, sequences, tables),
    notRestored: unbroken,
  };
}

function orderObjects(graph: Graph): {
  readonly objects: readonly DefinedObject[];
  readonly unbroken: readonly string[];
} {
  const phases = assignPhases(graph);
  const ordered = SCHEMA_PHASES.map((phase) => ({
    phase,
    ...orderPhase(graph, phases, phase),
  }));
  return {
    objects: ordered.flatMap(({ phase, drafts, needs }) =>
      drafts.map((draft) =>
        defineObject(draft, phase, [
          ...(needs.get(draft) ?? []),
          ...(graph.needs.get(draft) ?? []),
        ]),
      ),
    ),
    unbroken: ordered.flatMap(({ unbroken }) => unbroken),
  };
}

function defineObject(
  draft: Draft,
  phase: SchemaPhase,
  needs: readonly Draft[],
): DefinedObject {
  const named = [...new Set(needs.map(({ kind, id }) => `${kind} ${id}`))];
  return {
    id: draft.id,
    kind: draft.kind,
    name: draft.name,
    phase,
    statements: draft.statements,
    ...(named.length === 0 ? {} : { needs: named.sort() }),
    ...(draft.table === undefined ? {} : { table: draft.table }),
    ...(draft.optional === undefined ? {} : { optional: draft.optional }),
  };
}
