import type { SegmentAct } from "../archive/acts.ts";
import { openSegment } from "../archive/segment-reader.ts";
import type { EncodedPart } from "../core/journal-record.ts";
import type { NetChange } from "../fold/net-change.ts";
import { decodeChanges } from "../format/change-codec.ts";
import { partItems } from "../format/part-header.ts";
import type { ObjectStore } from "../storage/object-store.ts";

export interface FoldSegmentsOptions {
  readonly store: ObjectStore;
  readonly workFolder: string;
  /** Oldest first, as in a plan. */
  readonly segments: readonly SegmentAct[];
  readonly throughSeq: number;
  readonly netChange: NetChange;
  readonly onSegment: (done: number) => void;
}

/** The last reading of each sequence at or before the point, by `sequenceKey`. */
export type SequenceReadings = ReadonlyMap<string, string>;

export function sequenceKey(sequence: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return JSON.stringify([sequence.namespace, sequence.name]);
}

/** Reads the segments newest-first into the net change; on the way the last readings of sequences. */
export async function foldSegments(
  options: FoldSegmentsOptions,
  signal: AbortSignal,
): Promise<SequenceReadings> {
  const { store, workFolder, segments, netChange, throughSeq } = options;
  const readings = new Map<string, string>();
  for (const [index, segment] of segments.toReversed().entries()) {
    await using opened = await openSegment(
      { store, workFolder, object: segment.object },
      signal,
    );
    const mayRead = segment.events.some((event) => event.kind === "sequence");
    for await (const batch of opened.records("backward", signal)) {
      for (const record of batch) {
        if (record.kind !== "part" || record.header.seq > throughSeq) continue;
        if (mayRead) readSequences(record, readings);
        netChange.addPart(record);
      }
    }
    options.onSegment(index + 1);
  }
  return readings;
}

/** The body of a `sequence` event, see docs/events.md. */
interface SequenceReading {
  readonly namespace: string;
  readonly name: string;
  readonly lastValue: string;
}

/** Walking back in time, so the first reading of a name is its last. */
function readSequences(part: EncodedPart, readings: Map<string, string>): void {
  const items = partItems(part);
  const rows = part.header.tables.reduce(
    (n, t) => n + t.inserts + t.updates + t.deletes,
    0,
  );
  if (rows === items.count) return;
  for (const change of decodeChanges(items.bytes).toReversed()) {
    if (change.kind !== "event" || change.event !== "sequence") continue;
    const reading = JSON.parse(
      Buffer.from(change.body).toString("utf8"),
    ) as SequenceReading;
    const key = sequenceKey(reading);
    if (!readings.has(key)) readings.set(key, reading.lastValue);
  }
}
