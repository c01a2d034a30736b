import { TidemarkError } from "../core/errors.ts";
import type { ArchivedSource } from "./acts.ts";

type Identity = Pick<
  ArchivedSource,
  "systemIdentifier" | "databaseOid" | "timeline"
>;

/**
 * Whoever brings something from a database into an archive asks this first: positions look alike, so nothing else would show that they
 * are another database's. Throws SOURCE_DIVERGED.
 */
export function requireSameSource(
  archived: Identity,
  answering: Identity,
): void {
  if (
    archived.systemIdentifier === answering.systemIdentifier &&
    archived.databaseOid === answering.databaseOid &&
    archived.timeline === answering.timeline
  )
    return;
  throw new TidemarkError(
    "SOURCE_DIVERGED",
    `the archive is of another source: it was ${identityText(archived)}, this is ${identityText(answering)}`,
    {
      hint: "correct the source's URL, or give this database a name of its own in tidemark.yaml",
    },
  );
}

function identityText(of: Identity): string {
  return `system ${of.systemIdentifier}, database ${of.databaseOid}, timeline ${of.timeline}`;
}
