import { parseInstant, type Micros } from "../core/instant.ts";
import type { SegmentAct } from "./acts.ts";
import type { ArchiveReading } from "./find-commit.ts";
import { openSegment } from "./segment-reader.ts";

/**
 * When transactions of the archive were committed, by seq; seq 0 and what is not archived are absent. A segment is opened once
 * at most, and not for its first or last transaction.
 */
export async function commitTimes(
  archive: ArchiveReading,
  seqs: Iterable<number>,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Micros>> {
  const times = new Map<number, Micros>();
  const wanted = [...new Set(seqs)].sort((a, b) => a - b);
  let next = 0;
  for (const segment of archive.state.segments) {
    const inside = new Set<number>();
    for (; (wanted[next] ?? Infinity) <= segment.last.seq; next++) {
      const seq = wanted[next] as number;
      const known = timeAtEnd(segment, seq);
      if (known !== undefined) times.set(seq, known);
      else if (seq > segment.first.seq) inside.add(seq);
    }
    if (inside.size > 0)
      await readTimes(archive, { segment, inside, times }, signal);
  }
  return times;
}

function timeAtEnd({ first, last }: SegmentAct, seq: number) {
  if (seq === first.seq) return parseInstant(first.committedAt);
  return seq === last.seq ? parseInstant(last.committedAt) : undefined;
}

async function readTimes(
  { store, workFolder }: ArchiveReading,
  of: {
    readonly segment: SegmentAct;
    readonly inside: Set<number>;
    readonly times: Map<number, Micros>;
  },
  signal: AbortSignal,
): Promise<void> {
  const { object } = of.segment;
  await using opened = await openSegment({ store, object, workFolder }, signal);
  for await (const batch of opened.records(signal)) {
    for (const record of batch) {
      if (record.kind !== "part" || record.header.commit === undefined)
        continue;
      const { seq, commit } = record.header;
      if (of.inside.delete(seq)) of.times.set(seq, commit.committedAt);
    }
    if (of.inside.size === 0) return;
  }
}
