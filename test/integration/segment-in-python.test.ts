import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSegmentSpool } from "../../src/archive/segment-writer.ts";
import {
  ABSENT,
  UNCHANGED,
  type Change,
  type Old,
  type Row,
} from "../../src/core/change.ts";
import type { JournalRecord } from "../../src/core/journal-record.ts";
import { formatPosition, lsnPosition } from "../../src/core/position.ts";
import { missingService } from "../support/missing-service.ts";
import { hasFastavro, runPython } from "../support/python.ts";
import {
  sampleHash,
  sampleParts,
  samplePosition,
  sampleShape,
} from "../support/sample-records.ts";
import { tempDirectory } from "../support/temp-directory.ts";

const orders = sampleShape({
  ...{ table: 16390, name: "orders", identity: "KEY" },
  columns: ["id*", "note", "photo"],
});

const row: Row = [
  Buffer.from("1"),
  Buffer.from("Grüße\n"),
  Buffer.from([0, 255]),
];
const changes: Change[] = [
  { kind: "insert", ref: 0, after: row },
  { kind: "insert", ref: 0, after: [Buffer.from("2"), null, Buffer.alloc(0)] },
  {
    ...{ kind: "update", ref: 0, old: { kind: "none" } },
    after: [Buffer.from("1"), UNCHANGED, null],
  },
  {
    ...{ kind: "update", ref: 0, after: row },
    old: { kind: "key", row: [Buffer.from("3"), ABSENT, ABSENT] },
  },
  { kind: "update", ref: 0, old: { kind: "full", row }, after: row },
  {
    ...{ kind: "delete", ref: 0 },
    old: { kind: "key", row: [Buffer.from("2"), ABSENT, ABSENT] },
  },
  { kind: "delete", ref: 0, old: { kind: "full", row } },
  { kind: "truncate", refs: [0], cascade: true, restartIdentity: false },
  {
    ...{ kind: "event", event: "marker", name: "before-release" },
    body: Buffer.from("{}"),
  },
];
/** Does not shrink, and is more than a block. */
const large: Change = {
  ...{ kind: "insert", ref: 0 },
  after: [Buffer.from("4"), null, randomBytes(3_000_000)],
};

const history: JournalRecord[] = [
  { kind: "shape", shape: orders },
  ...sampleParts({ seq: 1, shapes: [orders], parts: [changes, [large]] }),
  ...sampleParts({ seq: 2, shapes: [orders], parts: [changes] }),
  {
    kind: "progress",
    afterSeq: 2,
    incarnation: 1,
    position: lsnPosition(samplePosition(3)),
    at: 1_700_000_020_000_000n,
  },
];

test("a segment is what fastavro reads by the schema in its header", async ({
  skip,
}) => {
  if (!hasFastavro())
    missingService("fastavro", "run scripts/test-services.sh", skip);
  await using folder = await tempDirectory();
  await using spool = await createSegmentSpool({
    path: join(folder.path, "segment.avro"),
    ...{ incarnation: 1, shapes: new Map(), fullBytes: 1 << 30 },
    before: {
      seq: 0,
      position: formatPosition(lsnPosition(samplePosition(0))),
      rollingHash: sampleHash(0),
    },
  });
  await spool.add(history);
  const { path } = await spool.finish();
  const records = await runPython("read-segment.py", [path]);
  expect(records.map((record) => branchOf(record))).toEqual([
    "Shape",
    "TransactionPart",
    "TransactionPart",
    "TransactionPart",
    "Progress",
  ]);
  const plain = changes.map(plainChange);
  expect(partsOf(records)).toEqual([
    { seq: 1, part: 0, changes: plain },
    { seq: 1, part: 1, changes: [plainChange(large)] },
    { seq: 2, part: 0, changes: plain },
  ]);
});

function branchOf(record: unknown): string {
  return (record as { record: { branch: string } }).record.branch;
}

function partsOf(records: readonly unknown[]) {
  return records
    .map((record) => (record as { record: Record<string, unknown> }).record)
    .filter(({ branch }) => branch === "TransactionPart")
    .map(({ seq, part, changes }) => ({ seq, part, changes }));
}

/** As read-segment.py prints it. */
function plainChange(change: Change): unknown {
  switch (change.kind) {
    case "insert":
      return {
        branch: "Insert",
        ref: change.ref,
        after: plainRow(change.after),
      };
    case "update":
      return {
        branch: "Update",
        ref: change.ref,
        ...plainOld(change.old),
        after: plainRow(change.after),
      };
    case "delete":
      return { branch: "Delete", ref: change.ref, ...plainOld(change.old) };
    case "truncate": {
      const { refs, cascade, restartIdentity } = change;
      return { branch: "Truncate", refs, cascade, restartIdentity };
    }
    case "event":
      return {
        branch: "Event",
        kind: change.event,
        name: change.name,
        body: plainValue(change.body),
      };
  }
}

function plainOld(old: Old): object {
  return {
    oldKind: old.kind.toUpperCase(),
    old: plainRow(old.kind === "none" ? [] : old.row),
  };
}

function plainRow(row: Row): unknown {
  return { values: row.map(plainValue) };
}

function plainValue(value: Row[number]): unknown {
  if (value === UNCHANGED) return "UNCHANGED";
  if (value === ABSENT) return "ABSENT";
  return value === null ? null : { hex: Buffer.from(value).toString("hex") };
}
