import { draftAggregates } from "./aggregates.ts";
import { draftBaseTypes } from "./base-types.ts";
import { draftCollations } from "./collations.ts";
import { draftComments } from "./comments.ts";
import { draftConstraints } from "./constraints.ts";
import { draftDefaultPrivileges } from "./default-privileges.ts";
import { draftDomainConstraints, draftDomains } from "./domains.ts";
import type { Draft } from "./draft.ts";
import { draftTables } from "./draft-tables.ts";
import { draftFunctions } from "./functions.ts";
import { draftGrants } from "./grants.ts";
import { draftIndexes } from "./indexes.ts";
import {
  draftOperatorClasses,
  draftOperatorFamilies,
} from "./operator-classes.ts";
import { draftCasts, draftConversions, draftOperators } from "./operators.ts";
import { draftPolicies } from "./policies.ts";
import type { RunQuery } from "./query.ts";
import { draftExtensions, draftLanguages, draftSchemas } from "./schemas.ts";
import { draftSequences, type Sequence } from "./sequences.ts";
import { draftStatistics } from "./statistics.ts";
import { readDescendants, type Table } from "./tables.ts";
import { draftTextSearch } from "./text-search.ts";
import { draftEventTriggers, draftRules, draftTriggers } from "./triggers.ts";
import { draftTypes } from "./types.ts";
import { draftViews } from "./views.ts";

const READERS: readonly ((query: RunQuery) => Promise<Draft[]>)[] = [
  draftSchemas,
  draftExtensions,
  draftLanguages,
  draftCollations,
  draftTypes,
  draftDomains,
  draftDomainConstraints,
  draftBaseTypes,
  draftFunctions,
  draftAggregates,
  draftOperatorFamilies,
  draftOperators,
  draftOperatorClasses,
  draftCasts,
  draftConversions,
  draftTextSearch,
  draftIndexes,
  draftViews,
  draftStatistics,
  draftTriggers,
  draftRules,
  draftPolicies,
  draftEventTriggers,
  draftComments,
  draftGrants,
  draftDefaultPrivileges,
];

/** Everything that Tidemark knows how to make, in no order yet. One statement after another: they share a transaction. */
export async function readDrafts(
  query: RunQuery,
  known: {
    readonly tables: ReadonlyMap<number, Table>;
    readonly sequences: readonly Sequence[];
  },
): Promise<Draft[]> {
  const drafts = [
    ...draftSequences(known.sequences),
    ...draftTables(known.tables),
    ...(await draftConstraints(query, readDescendants(known.tables))),
  ];
  for (const read of READERS) drafts.push(...(await read(query)));
  return drafts;
}
