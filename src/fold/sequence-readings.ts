import type { PartOutline } from "../core/journal-record.ts";
import { decodeChanges } from "../format/change-codec.ts";
import { partItems } from "../format/part-header.ts";

/** The last reading of each sequence at or before the point, by `sequenceKey`. */
export type SequenceReadings = ReadonlyMap<string, string>;

export function sequenceKey(sequence: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return JSON.stringify([sequence.namespace, sequence.name]);
}

/** The body of a `sequence` event, see docs/events.md. */
interface SequenceReading {
  readonly namespace: string;
  readonly name: string;
  readonly lastValue: string;
}

/** Adds what a part says of sequences. Parts come newest-first, so the first reading of a name is its last. */
export function readSequences(
  part: PartOutline,
  readings: Map<string, string>,
): void {
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
