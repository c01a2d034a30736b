import type { CatalogState } from "../../src/archive/catalog-state.ts";
import {
  isAtOrBefore,
  parsePosition,
  type Position,
} from "../../src/core/position.ts";
import type { IssuedDdl } from "./issue-ddl.ts";

/**
 * Whether the newest definitions are those of after every DDL command. A base may have read them between the end of a command and the
 * moment at which we asked how far the log had come: then none is due, and what the archive says of DDL decides. Should it lack a
 * command, the dump that follows is restored with definitions that are not its own.
 */
export function hasBaseBehind(
  state: CatalogState | undefined,
  ddl: readonly IssuedDdl[],
): boolean {
  const newest = state?.bases.at(-1)?.definitions;
  if (state === undefined || newest === undefined) return false;
  const through = ddl.reduce<Position | undefined>(
    (most, each) =>
      most !== undefined && isAtOrBefore(each.through, most)
        ? most
        : each.through,
    undefined,
  );
  if (through === undefined) return true;
  if (isAtOrBefore(through, parsePosition(newest.position))) return true;
  return (
    isAtOrBefore(through, parsePosition(state.progress.position)) &&
    !state.segments.some(({ events }) =>
      events.some(({ kind, seq }) => kind === "ddl" && seq > newest.seq),
    )
  );
}
