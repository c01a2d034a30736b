import { AnswerSize } from "./answer-size.ts";
import type { PartitionReader } from "./partition-reader.ts";
import type { Told, TopicHistory } from "./topic-history.ts";

export type Followed =
  | Told
  /** Nothing more is there now; taking the next item waits. */
  | { readonly kind: "caught-up" };

export interface FollowFrom {
  /** Of a start, or of the oldest record there is. */
  readonly from: number;
  /** Behind the newest record when it was asked for. */
  readonly high: number;
  readonly history: TopicHistory;
}

/** A broker answers at once when there is news; without, a reader asks again this often. */
const WAIT_MS = 500;

/** What a topic's records say, following the writer. Throws what TopicHistory and the reader throw, and the signal's reason. */
export async function* followTopic(
  reader: PartitionReader,
  { from, high: known, history }: FollowFrom,
  signal: AbortSignal,
): AsyncGenerator<Followed> {
  const size = new AnswerSize();
  let high = known;
  for (let next = from; ;) {
    if (next >= high) yield { kind: "caught-up" };
    const bounds = { maxBytes: size.maxBytes, waitMs: WAIT_MS };
    const fetched = await reader.fetch(next, bounds, signal);
    size.adapt(fetched.records);
    high = fetched.high;
    for (const record of fetched.records) {
      next = record.offset + 1;
      const told = history.take(record);
      if (told !== undefined) yield told;
    }
  }
}
