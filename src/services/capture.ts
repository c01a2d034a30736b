import type { JournalRecord } from "../core/journal-record.ts";
import type { ChangeSource } from "../engine/change-source.ts";
import type { JournalWriter } from "../journal/journal.ts";
import type { Position } from "../core/position.ts";
import { failpoint } from "../platform/failpoints.ts";
import type { Sequencer } from "./sequencer.ts";

/** Failpoints of this service, for the crash matrix. */
export const CAPTURE_FAILPOINTS = [
  "capture.before-append",
  "capture.after-append",
] as const;

export interface CaptureOptions {
  readonly source: ChangeSource;
  readonly after: Position;
  readonly sequencer: Sequencer;
  readonly writer: JournalWriter;
  /** After each durable append: the last whole transaction and its place. */
  readonly onDurable?: (head: number) => void;
}

/**
 * Source → journal, until the signal aborts or something throws. One append at a time: while it is being made durable, the next
 * batch gathers in the source's queue, so batches grow as the disk needs. A crash before an append loses nothing: the source
 * has not been told anything; a crash after it, neither: the sequencer finds the transactions in the journal.
 */
export async function capture(
  options: CaptureOptions,
  signal: AbortSignal,
): Promise<void> {
  const { source, sequencer, writer } = options;
  for await (const items of source.read(options.after, signal)) {
    const records: JournalRecord[] = [];
    for (const item of items) {
      const record = sequencer.take(item);
      if (record !== undefined) records.push(record);
    }
    if (records.length === 0) continue;
    failpoint("capture.before-append");
    await writer.append(records, signal);
    failpoint("capture.after-append");
    options.onDurable?.(sequencer.head);
  }
}
