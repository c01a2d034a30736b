import { join } from "node:path";
import type { StoredObject } from "../../src/archive/acts.ts";
import {
  createSegmentSpool,
  type FinishedSegment,
} from "../../src/archive/segment-writer.ts";
import type { Change } from "../../src/core/change.ts";
import type { JournalRecord } from "../../src/core/journal-record.ts";
import { formatPosition, lsnPosition } from "../../src/core/position.ts";
import type { Shape } from "../../src/core/shape.ts";
import { MemoryStore } from "./memory-store.ts";
import { never } from "./never.ts";
import { event, ORDERS_SHAPE } from "./sample-orders.ts";
import {
  sampleHash,
  sampleParts,
  samplePosition,
  sampleRow,
  sampleShape,
} from "./sample-records.ts";

export const users = sampleShape({
  table: 16400,
  name: "users",
  identity: "KEY",
  columns: ["id*"],
});

export function link(seq: number) {
  const position = formatPosition(lsnPosition(samplePosition(seq)));
  return { seq, position, rollingHash: sampleHash(seq) };
}

export async function spoolIn(
  folder: string,
  options: { readonly before?: number; readonly fullBytes?: number } = {},
) {
  return createSegmentSpool({
    path: join(folder, "spool.avro"),
    incarnation: 1,
    before: link(options.before ?? 0),
    shapes: new Map<string, Shape>(),
    fullBytes: options.fullBytes ?? 1 << 30,
  });
}

export function insert(ref: number, ...values: string[]): Change {
  return { kind: "insert", ref, after: sampleRow(...values) };
}

/** Transactions 5 to 8 of two tables: all kinds of changes and events, and a clock that jumps back. */
export const history: JournalRecord[] = [
  { kind: "shape", shape: users },
  { kind: "shape", shape: ORDERS_SHAPE },
  ...sampleParts({
    seq: 5,
    shapes: [ORDERS_SHAPE],
    parts: [[insert(0, "1", "a"), insert(0, "2", "b")], [insert(0, "3", "c")]],
  }),
  ...sampleParts({
    seq: 6,
    shapes: [users, ORDERS_SHAPE],
    parts: [
      [
        insert(0, "u"),
        {
          kind: "update",
          ref: 1,
          old: { kind: "none" },
          after: sampleRow("1", "z"),
        },
        {
          kind: "truncate",
          refs: [0, 1],
          cascade: false,
          restartIdentity: true,
        },
        event("marker", "before-release", {}),
        event("context", "tidemark.context", { user: "alice" }),
        event("ddl", "ALTER TABLE", { tag: "ALTER TABLE", tables: [16390] }),
        event("ddl", "GRANT", { tag: "GRANT", tables: [] }),
        event("ddl", "DO", { tag: "DO", tables: null }),
      ],
    ],
    committedAt: 1_700_000_010_000_000n,
    rawCommittedAt: 1_700_000_003_000_000n,
  }),
  ...sampleParts({
    seq: 7,
    shapes: [ORDERS_SHAPE],
    parts: [
      [
        {
          kind: "delete",
          ref: 0,
          old: { kind: "key", row: sampleRow("2", "NULL") },
        },
      ],
    ],
    committedAt: 1_700_000_010_000_000n,
    rawCommittedAt: 1_700_000_002_000_000n,
  }),
  ...sampleParts({ seq: 8, shapes: [users], parts: [[insert(0, "v")]] }),
  {
    kind: "progress",
    afterSeq: 8,
    incarnation: 1,
    position: lsnPosition(samplePosition(9)),
    at: 1_700_000_020_000_000n,
  },
];

/** The history as one segment, in a store. */
export async function storedHistory(folder: string): Promise<{
  readonly finished: FinishedSegment;
  readonly store: MemoryStore;
  readonly object: StoredObject;
}> {
  await using spool = await spoolIn(folder, { before: 4 });
  if ((await spool.add(history)) < history.length) throw new Error("full");
  const finished = await spool.finish();
  const store = new MemoryStore();
  const body = {
    kind: "file",
    path: finished.path,
    sizeBytes: finished.object.bytes,
    sha256: finished.object.sha256,
  } as const;
  const key = "s/segments/1/x.avro";
  await store.create(key, body, never);
  return { finished, store, object: { key, ...finished.object } };
}
