import {
  findLastCommit,
  type ArchiveReading,
  type Bound,
} from "../archive/find-commit.ts";
import { pointBeyond, resolvePoint } from "../archive/resolve-point.ts";
import { parseInstant, type Micros } from "../core/instant.ts";
import type { Point } from "../core/point.ts";
import { isAtOrBefore, parsePosition } from "../core/position.ts";

export interface SeqRange {
  /** Both inclusive; empty when `fromSeq` is greater. */
  readonly fromSeq: number;
  readonly throughSeq: number;
}

/**
 * `--from` and `--to` as seqs: whatever came at or after the one and at or before the other. A beginning before the history's
 * own is its beginning; a place that the archive has not reached throws POINT_UNREACHABLE, because nothing is known of it.
 */
export async function resolveRange(
  archive: ArchiveReading,
  points: {
    readonly from: Point | undefined;
    readonly to: Point | undefined;
    readonly now: Micros;
  },
  signal: AbortSignal,
): Promise<SeqRange> {
  const { from, to, now } = points;
  const first = archive.state.start.seq + 1;
  return {
    fromSeq:
      from === undefined
        ? first
        : Math.max(
            first,
            await firstSeq(archive, { point: from, now }, signal),
          ),
    throughSeq:
      to === undefined
        ? archive.state.head.seq
        : (await resolvePoint(archive, { point: to, now }, signal)).seq,
  };
}

async function firstSeq(
  archive: ArchiveReading,
  { point, now }: { readonly point: Point; readonly now: Micros },
  signal: AbortSignal,
): Promise<number> {
  const after = async (bound: Bound) =>
    (await findLastCommit(archive, bound, signal)).seq + 1;
  const { progress } = archive.state;
  switch (point.kind) {
    case "latest":
    case "seq":
    case "marker":
      return (await resolvePoint(archive, { point, now }, signal)).seq;
    case "before":
      return (await resolvePoint(archive, { point, now }, signal)).seq + 1;
    case "position":
      if (!isAtOrBefore(point.position, parsePosition(progress.position)))
        throw pointBeyond(archive.state, point);
      return after({
        includes: ({ position }) => !isAtOrBefore(point.position, position),
      });
    case "time":
    case "ago": {
      const at = point.kind === "time" ? point.at : now - point.micros;
      if (at > parseInstant(progress.at))
        throw pointBeyond(archive.state, { kind: "time", at });
      // By ordered times: where the clock went back, all of that stretch is told.
      return after({ includes: ({ committedAt }) => committedAt < at });
    }
  }
}
