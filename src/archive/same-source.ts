import {
  isSameLineage,
  lineageText,
  type SourceLineage,
} from "../core/database-identity.ts";
import { TidemarkError } from "../core/errors.ts";
import type { ArchivedSource } from "./acts.ts";

/**
 * Whoever brings something from a database into an archive asks this first: positions look alike, so nothing else would show that they
 * are another database's. Throws SOURCE_DIVERGED.
 */
export function requireSameSource(
  archived: SourceLineage,
  answering: SourceLineage,
): void {
  if (isSameLineage(archived, answering)) return;
  throw new TidemarkError(
    "SOURCE_DIVERGED",
    `the archive is of another source: it was ${lineageText(archived)}, this is ${lineageText(answering)}`,
    {
      hint: "correct the source's URL, or give this database a name of its own in tidemark.yaml",
    },
  );
}

/**
 * Another selection would leave out changes of tables that were captured, or begin in the middle of those that were not, and number
 * transactions otherwise: nothing would show it. Throws NOT_IN_THIS_VERSION.
 */
export function requireSameTables(
  { name, tables: archived }: Pick<ArchivedSource, "name" | "tables">,
  selected: readonly string[],
): void {
  if (JSON.stringify(archived) === JSON.stringify(selected.toSorted())) return;
  throw new TidemarkError(
    "NOT_IN_THIS_VERSION",
    `the archive of ${name} was begun with ${tablesText(archived)}, tidemark.yaml has ${tablesText(selected)}: another selection within one history is not in this version`,
    {
      hint: `put it back; or begin a new history: give the database another name than ${name} in tidemark.yaml, then \`tidemark prepare\``,
    },
  );
}

function tablesText(patterns: readonly string[]): string {
  return patterns.length === 0
    ? "every table"
    : `tables: ${JSON.stringify(patterns)}`;
}
