import { journalDamaged } from "./kafka-errors.ts";
import { judgeRecord, type Judged } from "./judge-record.ts";
import type { PartitionReader } from "./partition-reader.ts";
import type { RecordHead } from "./record-head.ts";

/** Where a run begins. */
export interface StartPlace {
  readonly offset: number;
  /** The first transaction of which no part is before it. */
  readonly firstSeq: number;
  /** The run before it, in the same history or the one before. */
  readonly previous: number | undefined;
  readonly beginsHistory: boolean;
}

/** What a topic holds at one moment. */
export interface TopicExtent {
  readonly low: number;
  readonly high: number;
  /** The newest run's start, when it is still there; undefined where nothing was ever begun. */
  readonly newestStart: number | undefined;
}

/** One record, whatever its size, is all that is wanted. */
const ONE = { maxBytes: 1, waitMs: 0 } as const;

/** Every record names the start before it, so that the newest run is found from the topic's end. */
export async function findExtent(
  reader: PartitionReader,
  signal: AbortSignal,
): Promise<TopicExtent> {
  const { low, high } = await reader.offsets(signal);
  for (let offset = high - 1; offset >= low; offset--) {
    const judged = await readOne(reader, offset, signal);
    if (judged === undefined) continue;
    const start = startOf(judged.head);
    const isThere = start !== undefined && start >= low;
    return { low, high, newestStart: isThere ? start : undefined };
  }
  return { low, high, newestStart: undefined };
}

/** The runs of the newest history, newest first, as far as they are still there. */
export async function* startsBackwards(
  reader: PartitionReader,
  { low, newestStart }: TopicExtent,
  signal: AbortSignal,
): AsyncGenerator<StartPlace> {
  let offset = newestStart;
  while (offset !== undefined && offset >= low) {
    const start = await readStart(reader, offset, signal);
    yield start;
    if (start.beginsHistory) return;
    offset = start.previous;
  }
}

async function readStart(
  reader: PartitionReader,
  offset: number,
  signal: AbortSignal,
): Promise<StartPlace> {
  const head = (await readOne(reader, offset, signal))?.head;
  if (head?.kind !== "start" || head.piece !== 0) {
    const place = { where: reader.where, offset };
    throw journalDamaged(place, "no start, though later records name it");
  }
  return {
    offset,
    firstSeq: head.firstSeq ?? 0,
    previous: head.start,
    beginsHistory: head.history === offset,
  };
}

/** Undefined when what stands there does not count. */
async function readOne(
  reader: PartitionReader,
  offset: number,
  signal: AbortSignal,
): Promise<Judged | undefined> {
  const { records } = await reader.fetch(offset, ONE, signal);
  const record = records[0];
  if (record === undefined) return undefined;
  try {
    return judgeRecord(record);
  } catch (error) {
    if (!(error instanceof RangeError) && !(error instanceof SyntaxError))
      throw error;
    throw journalDamaged({ where: reader.where, offset }, error.message, error);
  }
}

/** The start that a reader of what follows this record begins at: itself, when it is a whole one. */
function startOf(head: RecordHead): number | undefined {
  const isWholeStart = head.kind === "start" && head.piece === head.pieces - 1;
  return isWholeStart ? head.at - head.piece : head.start;
}
