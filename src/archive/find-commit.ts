import { parseInstant, type Micros } from "../core/instant.ts";
import {
  isAtOrBefore,
  parsePosition,
  type Position,
} from "../core/position.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { SegmentAct } from "./acts.ts";
import type { CatalogState } from "./catalog-state.ts";
import { openSegment } from "./segment-reader.ts";

/** A transaction of the archive, as far as its commit tells. Seq 0 is the beginning, before the first. */
export interface ArchivedCommit {
  readonly seq: number;
  readonly position: Position;
  readonly rollingHash: string;
  /** undefined at seq 0. */
  readonly committedAt: Micros | undefined;
  readonly rawCommittedAt: Micros | undefined;
}

export interface ArchiveReading {
  readonly state: CatalogState;
  readonly store: ObjectStore;
  /** Exists, and belongs to this process. */
  readonly workFolder: string;
}

/** The last transaction that is not beyond something: a seq, a position, a time. Each is monotone in the archive's order. */
export interface Bound {
  /** Whether a transaction lies at or before the bound. */
  readonly includes: (commit: {
    readonly seq: number;
    readonly position: Position;
    readonly committedAt: Micros;
  }) => boolean;
}

export function bySeq(seq: number): Bound {
  return { includes: (commit) => commit.seq <= seq };
}

export function byPosition(position: Position): Bound {
  return { includes: (commit) => isAtOrBefore(commit.position, position) };
}

export function byTime(at: Micros): Bound {
  return { includes: (commit) => commit.committedAt <= at };
}

/** The last transaction within the bound; opens at most one segment. */
export async function findLastCommit(
  archive: ArchiveReading,
  bound: Bound,
  signal: AbortSignal,
): Promise<ArchivedCommit> {
  const { segments } = archive.state;
  // The first segment whose last transaction lies beyond the bound holds the answer, or everything does.
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bound.includes(lastOf(segments[middle] as SegmentAct)))
      low = middle + 1;
    else high = middle;
  }
  const segment = segments[low];
  let best =
    low === 0
      ? startOf(archive.state)
      : lastOf(segments[low - 1] as SegmentAct);
  if (segment === undefined) return best;
  await using opened = await openSegment(
    {
      store: archive.store,
      object: segment.object,
      workFolder: archive.workFolder,
    },
    signal,
  );
  for await (const batch of opened.records(signal)) {
    for (const record of batch) {
      if (record.kind !== "part" || record.header.commit === undefined)
        continue;
      const commit = { seq: record.header.seq, ...record.header.commit };
      if (!bound.includes(commit)) return best;
      best = commit;
    }
  }
  return best;
}

function startOf(state: CatalogState): ArchivedCommit {
  return {
    seq: state.start.seq,
    position: parsePosition(state.start.position),
    rollingHash: state.start.rollingHash,
    committedAt: undefined,
    rawCommittedAt: undefined,
  };
}

function lastOf({ last }: SegmentAct) {
  return {
    seq: last.seq,
    position: parsePosition(last.position),
    rollingHash: last.rollingHash,
    committedAt: parseInstant(last.committedAt),
    rawCommittedAt: parseInstant(last.rawCommittedAt),
  };
}
