import { isAtOrBefore, parsePosition } from "../core/position.ts";
import type { Link, ProgressAct, SegmentAct } from "./acts.ts";
import type { CatalogState } from "./catalog-state.ts";

/** What a segment or progress has to continue. */
export type Continued = Pick<
  CatalogState,
  "head" | "epoch" | "incarnation" | "progress"
>;

/** Why an act of an archiver does not follow what there is, or undefined. A hole is found here or nowhere. */
export function segmentObjection(
  state: Continued,
  act: SegmentAct,
): string | undefined {
  const { head } = state;
  const { before, first, last, reread, progress } = act;
  if (!isSameLink(before, head)) {
    return `continues ${linkText(before)}, the archive ends at ${linkText(head)}`;
  }
  if (first.seq !== before.seq + 1 || last.seq < first.seq) {
    return `holds ${first.seq}…${last.seq} after ${before.seq}`;
  }
  if (reread.seq !== last.seq - 1) {
    return `has ${reread.seq} as the transaction before ${last.seq}`;
  }
  if (reread.seq === before.seq && !isSameLink(reread, before)) {
    return `tells two stories of transaction ${before.seq}`;
  }
  return (
    epochObjection(state, act) ??
    // Positions of another incarnation are another server's.
    orderObjection([
      ...(act.incarnation === state.incarnation ? [before.position] : []),
      last.position,
      progress.position,
    ])
  );
}

export function progressObjection(
  state: Continued,
  act: ProgressAct,
): string | undefined {
  if (act.afterSeq !== state.head.seq) {
    return `comes after ${act.afterSeq}, the archive ends at ${state.head.seq}`;
  }
  return (
    epochObjection(state, act) ??
    orderObjection([
      ...(act.incarnation === state.incarnation
        ? [state.progress.position]
        : []),
      act.progress.position,
    ])
  );
}

export function isSameLink(a: Link, b: Link): boolean {
  return (
    a.seq === b.seq &&
    a.position === b.position &&
    a.rollingHash === b.rollingHash
  );
}

export function linkText({ seq, position, rollingHash }: Link): string {
  return `${seq} at ${position} (${rollingHash.slice(0, 8)})`;
}

function epochObjection(
  state: Continued,
  act: SegmentAct | ProgressAct,
): string | undefined {
  if (act.epoch !== state.epoch) {
    return `has epoch ${act.epoch}, the writer is ${state.epoch}`;
  }
  if (act.incarnation < state.incarnation) {
    return `goes back to incarnation ${act.incarnation} from ${state.incarnation}`;
  }
  return undefined;
}

function orderObjection(positions: readonly string[]): string | undefined {
  const parsed = positions.map(parsePosition);
  const ordered = parsed.every((position, index) => {
    const next = parsed[index + 1];
    return next === undefined || isAtOrBefore(position, next);
  });
  return ordered ? undefined : `goes back: ${positions.join(", ")}`;
}
