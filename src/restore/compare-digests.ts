import type { TableId } from "../core/shape.ts";
import type { TableDigest } from "../engine/restore-target.ts";
import type { FoldedDigest } from "./digest-fold.ts";

/** A table as a database holds it, or why that cannot be told. */
export type FoundTable = { readonly label: string } & (
  TableDigest | { readonly why: string }
);

export interface ComparedTable {
  readonly table: string;
  readonly equal: boolean;
  /** What the archive's fold makes; absent where it does not know the table. */
  readonly archive?: TableDigest;
  /** What the database holds; absent where that could not be read. */
  readonly found?: TableDigest;
  readonly why?: string;
}

/** Pure. By table; what only one side has is a difference. */
export function compareDigests(
  folded: readonly FoldedDigest[],
  found: ReadonlyMap<TableId, FoundTable>,
): ComparedTable[] {
  const known = new Set(folded.map(({ table }) => table.table));
  const unknown = [...found]
    .filter(([table]) => !known.has(table))
    .map(([, { label }]) => ({
      table: label,
      equal: false,
      why: "the archive does not know this table",
    }));
  return [
    ...folded.map((each) => compare(each, found.get(each.table.table))),
    ...unknown,
  ].sort((a, b) => (a.table < b.table ? -1 : 1));
}

function compare(
  { label, rows, digest }: FoldedDigest,
  found: FoundTable | undefined,
): ComparedTable {
  const compared = { table: label, archive: { rows, digest } };
  if (found === undefined)
    return { ...compared, equal: false, why: "the database does not have it" };
  if ("why" in found) return { ...compared, equal: false, why: found.why };
  const { rows: foundRows, digest: foundDigest } = found;
  return {
    ...compared,
    equal: foundRows === rows && foundDigest === digest,
    found: { rows: foundRows, digest: foundDigest },
  };
}
