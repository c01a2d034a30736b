import type { CatalogState } from "../../src/archive/catalog-state.ts";
import {
  isAtOrBefore,
  parsePosition,
  type Position,
} from "../../src/core/position.ts";
import type { IssuedDdl } from "./issue-ddl.ts";

/** What a restore to an instant has to do: make it, or refuse; or whichever, as long as what it makes is equal. */
export type Expectation = "restored" | "refused" | "either";

/**
 * From what the oracle itself did, and where the bases lie. Rows and definitions follow from the base before an instant unless a
 * DDL command lies between; then definitions can still come from the next base, if none lies between that and the instant.
 */
export function expectPoint(
  position: Position,
  state: CatalogState,
  ddl: readonly IssuedDdl[],
): Expectation {
  const bases = state.bases
    .map((base) => parsePosition(base.definitions.position))
    .sort((a, b) => (isAtOrBefore(a, b) ? -1 : 1));
  const before = bases.findLast((base) => isAtOrBefore(base, position));
  // Tables of the first base may have been copied before its definitions were read.
  if (before === undefined) return bases.length === 0 ? "refused" : "either";
  if (!mayLieBetween(ddl, before, position)) return "restored";
  const next = bases.find((base) => !isAtOrBefore(base, position));
  const separated = next === undefined || liesBetween(ddl, position, next);
  return liesBetween(ddl, before, position) && separated ? "refused" : "either";
}

function mayLieBetween(
  ddl: readonly IssuedDdl[],
  from: Position,
  through: Position,
): boolean {
  return ddl.some(
    (each) =>
      !isAtOrBefore(each.through, from) && !isAtOrBefore(through, each.after),
  );
}

function liesBetween(
  ddl: readonly IssuedDdl[],
  from: Position,
  through: Position,
): boolean {
  return ddl.some(
    (each) =>
      each.certain &&
      isAtOrBefore(from, each.after) &&
      isAtOrBefore(each.through, through),
  );
}
