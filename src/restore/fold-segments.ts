import type { SegmentAct } from "../archive/acts.ts";
import type { ArchiveReading } from "../archive/find-commit.ts";
import { openSegment, type Segment } from "../archive/segment-reader.ts";
import type { Fold } from "../fold/fold.ts";
import { lookAhead } from "../format/look-ahead.ts";

/** Given to one fold, and not folded yet. */
const BLOCKS_AHEAD = 2;
/** Open at the same time: neighbours are often of different tables, and the next is fetched while one is folded. */
const SEGMENTS_AHEAD = 2;

export interface FoldSegmentsOptions {
  readonly archive: ArchiveReading;
  /** Oldest first, as in a plan. */
  readonly segments: readonly SegmentAct[];
  readonly folds: readonly Fold[];
  readonly onSegment: (done: number) => void;
}

/** Reads the segments newest-first into the net changes of the folds; the first one also keeps the readings of sequences. */
export async function foldSegments(
  options: FoldSegmentsOptions,
  signal: AbortSignal,
): Promise<void> {
  const lines = options.folds.map((fold) => new FoldLine(fold));
  const jobs = options.segments
    .toReversed()
    .map((segment) => () => foldSegment(options, { segment, lines }, signal));
  let done = 0;
  for await (const _segment of lookAhead(jobs, SEGMENTS_AHEAD))
    options.onSegment(++done);
}

/** Begins before it first waits: the segments stand in the lines in the order in which this is called. */
async function foldSegment(
  { archive }: FoldSegmentsOptions,
  work: { readonly segment: SegmentAct; readonly lines: readonly FoldLine[] },
  signal: AbortSignal,
): Promise<void> {
  const { segment } = work;
  const readings = segment.events.some(({ kind }) => kind === "sequence");
  const wanted = work.lines.flatMap((line, n) => {
    const sequences = readings && n === 0;
    return sequences || touches(segment, line.fold)
      ? [{ line, sequences }]
      : [];
  });
  if (wanted.length === 0) return;
  const { store, workFolder } = archive;
  const opening = openSegment(
    { store, workFolder, object: segment.object },
    signal,
  );
  const given = wanted.map(({ line, sequences }) =>
    line.give(opening, sequences, signal),
  );
  await Promise.allSettled(given);
  await using _opened = await opening;
  await Promise.all(given);
}

function touches(segment: SegmentAct, fold: Fold): boolean {
  return segment.tables.some(({ table }) => fold.tables.has(table));
}

/** A fold is given one segment after the other. */
class FoldLine {
  readonly fold: Fold;
  private last: Promise<void> = Promise.resolve();

  constructor(fold: Fold) {
    this.fold = fold;
  }

  give(
    opening: Promise<Segment>,
    sequences: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    this.last = this.last.then(async () => {
      const segment = await opening;
      const jobs = toJobs(segment.blocksBackward(signal), (block) =>
        this.fold.addBlock({ block, sequences }),
      );
      for await (const _block of lookAhead(jobs, BLOCKS_AHEAD))
        signal.throwIfAborted();
    });
    return this.last;
  }
}

async function* toJobs<T>(
  values: AsyncIterable<T>,
  work: (value: T) => Promise<void>,
): AsyncGenerator<() => Promise<void>> {
  for await (const value of values) yield () => work(value);
}
