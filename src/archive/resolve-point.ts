import { TidemarkError } from "../core/errors.ts";
import { formatInstant, parseInstant, type Micros } from "../core/instant.ts";
import { formatPoint, type Point } from "../core/point.ts";
import {
  isAtOrBefore,
  parsePosition,
  type Position,
} from "../core/position.ts";
import type { CatalogState } from "./catalog-state.ts";
import { checkGaps } from "./gaps.ts";
import {
  byPosition,
  bySeq,
  byTime,
  findLastCommit,
  type ArchiveReading,
  type ArchivedCommit,
} from "./find-commit.ts";

/**
 * A POINT as a transaction of the archive: the longest prefix of transactions within it. Throws POINT_UNREACHABLE beyond what is
 * archived, POINT_AMBIGUOUS where the source's clock was set back over a time, NOT_FOUND for a marker.
 */
export async function resolvePoint(
  archive: ArchiveReading,
  request: { readonly point: Point; readonly now: Micros },
  signal: AbortSignal,
): Promise<ArchivedCommit> {
  const { point, now } = request;
  const { state } = archive;
  const find = (seq: number) => findLastCommit(archive, bySeq(seq), signal);
  const behindNoGap = (
    found: ArchivedCommit,
    asked: Parameters<typeof checkGaps>[2],
  ) => {
    checkGaps(state, found, asked);
    return found;
  };
  switch (point.kind) {
    case "latest":
      return find(state.head.seq);
    case "seq":
    case "before": {
      const seq = point.kind === "seq" ? point.seq : point.seq - 1;
      // `before:` the next transaction is everything that is archived.
      if (seq > state.head.seq || seq < state.start.seq)
        throw pointBeyond(state, point);
      return find(seq);
    }
    case "position":
      checkPosition(state, point.position);
      return behindNoGap(
        await findLastCommit(archive, byPosition(point.position), signal),
        { point, position: point.position },
      );
    case "marker":
      return find(markerSeq(state, point.name));
    case "time":
    case "ago": {
      const at = point.kind === "time" ? point.at : now - point.micros;
      checkTime(state, at);
      return behindNoGap(await findLastCommit(archive, byTime(at), signal), {
        point,
        at,
      });
    }
  }
}

function checkPosition(state: CatalogState, position: Position): void {
  const from = parsePosition(state.start.position);
  const through = parsePosition(state.progress.position);
  if (isAtOrBefore(from, position) && isAtOrBefore(position, through)) return;
  throw pointBeyond(state, { kind: "position", position });
}

/** `latest` is always there; a time needs to have been seen to its end. */
function checkTime(state: CatalogState, at: Micros): void {
  const [first] = state.segments;
  if (at > parseInstant(state.progress.at) || first === undefined) {
    throw pointBeyond(state, { kind: "time", at });
  }
  // Before the first transaction nothing says what time it was: seq 0 may be a day or a year older.
  if (at < parseInstant(first.first.committedAt)) {
    throw pointBeyond(state, { kind: "time", at });
  }
  for (const segment of state.segments) {
    for (const back of segment.clockBack) {
      if (at < parseInstant(back.rawFrom) || at >= parseInstant(back.orderedAt))
        continue;
      throw new TidemarkError(
        "POINT_AMBIGUOUS",
        `the source's clock was set back over ${formatInstant(at)}: transactions ${back.fromSeq}…${back.throughSeq} say ${back.rawFrom}…${back.rawThrough}, after others that said ${back.orderedAt}`,
        {
          hint: `choose one: before:${back.fromSeq} is the last before the clock went back, seq:${back.throughSeq} the last of that stretch`,
          details: { ...back },
        },
      );
    }
  }
}

/** In the order of writing. */
export function markersNamed(
  state: CatalogState,
  name: string,
): CatalogState["segments"][number]["events"] {
  return state.segments.flatMap((segment) =>
    segment.events.filter(
      (event) => event.kind === "marker" && event.name === name,
    ),
  );
}

function markerSeq(state: CatalogState, name: string): number {
  const found = markersNamed(state, name);
  const [marker, second] = found;
  if (marker === undefined) {
    throw new TidemarkError("NOT_FOUND", `no marker "${name}" is archived`, {
      hint: "`tidemark windows` lists them; `tidemark mark` says when one is archived",
    });
  }
  if (second !== undefined) {
    throw new TidemarkError(
      "POINT_AMBIGUOUS",
      `${found.length} markers are named "${name}"`,
      {
        hint: `choose one: ${found.map((event) => `seq:${event.seq}`).join(", ")}`,
      },
    );
  }
  return marker.seq;
}

/** POINT_UNREACHABLE, with how far the archive reaches. */
export function pointBeyond(state: CatalogState, point: Point): TidemarkError {
  const [first] = state.segments;
  const reach = `seq ${state.start.seq}…${state.head.seq}, ${first?.first.committedAt ?? "nothing"}…${state.progress.at}, position ${state.start.position}…${state.progress.position}`;
  return new TidemarkError(
    "POINT_UNREACHABLE",
    `${formatPoint(point)} is not archived`,
    {
      hint: `the archive holds ${reach}`,
      details: {
        seq: { from: state.start.seq, through: state.head.seq },
        time: {
          from: first?.first.committedAt ?? null,
          through: state.progress.at,
        },
        position: {
          from: state.start.position,
          through: state.progress.position,
        },
      },
    },
  );
}
