import type { CatalogState } from "../../src/archive/catalog-state.ts";
import {
  parsePosition,
  type Position,
  lsnOf,
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
  const lsn = lsnOf(position);
  const bases = state.bases
    .map((base) => lsnOf(parsePosition(base.definitions.position)))
    .sort((a, b) => (a < b ? -1 : 1));
  const before = bases.findLast((base) => base <= lsn);
  // Tables of the first base may have been copied before its definitions were read.
  if (before === undefined) return bases.length === 0 ? "refused" : "either";
  if (!mayLieBetween(ddl, before, lsn)) return "restored";
  const next = bases.find((base) => base > lsn);
  const separated = next === undefined || liesBetween(ddl, lsn, next);
  return liesBetween(ddl, before, lsn) && separated ? "refused" : "either";
}

function mayLieBetween(
  ddl: readonly IssuedDdl[],
  from: bigint,
  through: bigint,
): boolean {
  return ddl.some((each) => each.through > from && each.after < through);
}

function liesBetween(
  ddl: readonly IssuedDdl[],
  from: bigint,
  through: bigint,
): boolean {
  return ddl.some(
    (each) => each.certain && each.after >= from && each.through <= through,
  );
}
