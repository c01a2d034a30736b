import { TidemarkError } from "../core/errors.ts";
import type { ArchivedSource } from "./acts.ts";

/** The patterns of a table filter as an archive keeps them: their order says nothing. */
export function normalTables(
  patterns: readonly string[] = [],
): readonly string[] {
  return [...new Set(patterns)].sort();
}

/**
 * Throws NOT_IN_THIS_VERSION when the archive was written under another table filter. What a table did while it was left out is in no
 * segment, and nothing in the stream would show that it is missing: a restore would hold the table without those rows.
 */
export function requireTables(
  known: ArchivedSource,
  patterns: readonly string[] | undefined,
): void {
  const now = normalTables(patterns);
  if (known.tables.join("\n") === now.join("\n")) return;
  throw new TidemarkError(
    "NOT_IN_THIS_VERSION",
    `another choice of tables for a history that has begun is not in this version: the archive of ${known.name} has ${describe(known.tables)}, the configuration ${describe(now)}`,
    {
      hint: `put tables: of ${known.name} back; for other tables begin a new history: forget this source, give the database another name in tidemark.yaml, and prepare that`,
      details: { archive: known.tables, configuration: now },
    },
  );
}

function describe(tables: readonly string[]): string {
  return tables.length === 0 ? "every table" : JSON.stringify(tables);
}
