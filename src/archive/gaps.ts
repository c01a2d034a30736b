import { TidemarkError } from "../core/errors.ts";
import { parseInstant, type Micros } from "../core/instant.ts";
import { formatPoint, type Point } from "../core/point.ts";
import {
  isAtOrBefore,
  parsePosition,
  type Position,
} from "../core/position.ts";
import type {
  CatalogState,
  NumberedBase,
  NumberedGap,
} from "./catalog-state.ts";

/** Whether some of the base was read where changes may not have been sent: what followed it is not known then. */
export function isInGap(
  base: NumberedBase,
  gaps: readonly NumberedGap[],
): boolean {
  const position = parsePosition(base.definitions.position);
  return gaps.some(
    (gap) =>
      // A gap is written down when it is over: later bases were read behind it, unless they began before.
      !isAtOrBefore(position, parsePosition(gap.afterPosition)) &&
      isAtOrBefore(position, parsePosition(gap.throughPosition)),
  );
}

/** Whether a table that was copied at `position` says nothing of what the source is now: a gap ended after that. */
export function isBeforeGapEnd(
  position: Position,
  gaps: readonly NumberedGap[],
): boolean {
  return gaps.some((gap) =>
    isAtOrBefore(position, parsePosition(gap.throughPosition)),
  );
}

/**
 * A time or position inside a gap means the transaction before it, whose state may have been another by then. Throws
 * POINT_UNREACHABLE.
 */
export function checkGaps(
  state: CatalogState,
  found: { readonly seq: number },
  asked: {
    readonly point: Point;
    readonly at?: Micros;
    readonly position?: Position;
  },
): void {
  const gap = state.gaps.find(
    (each) => each.afterSeq === found.seq && isBehind(each, asked),
  );
  if (gap === undefined) return;
  throw new TidemarkError(
    "POINT_UNREACHABLE",
    `${formatPoint(asked.point)} lies in a gap (${gap.code}): the source may not have sent everything after ${gap.afterAt}, position ${gap.afterPosition}`,
    {
      hint: `seq:${gap.afterSeq} is the last before it; \`tidemark windows\` shows where history goes on`,
      details: { afterSeq: gap.afterSeq, afterAt: gap.afterAt },
    },
  );
}

function isBehind(
  gap: NumberedGap,
  asked: { readonly at?: Micros; readonly position?: Position },
): boolean {
  if (asked.at !== undefined) return asked.at > parseInstant(gap.afterAt);
  if (asked.position === undefined) return false;
  return !isAtOrBefore(asked.position, parsePosition(gap.afterPosition));
}
