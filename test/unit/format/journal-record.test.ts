import { describe, expect, it } from "vitest";
import { ABSENT, UNCHANGED, type Change } from "../../../src/core/change.ts";
import type { PartHeader } from "../../../src/core/journal-record.ts";
import { lsnPosition } from "../../../src/core/position.ts";
import { AvroReader } from "../../../src/format/avro-reader.ts";
import { AvroWriter } from "../../../src/format/avro-writer.ts";
import {
  decodeChanges,
  writeChange,
} from "../../../src/format/change-codec.ts";
import {
  decodeJournalRecord,
  encodeJournalRecord,
} from "../../../src/format/journal-record.ts";
import { encodePart, partItems } from "../../../src/format/part-header.ts";
import { shapeOf } from "../../../src/format/shape-record.ts";
import { AVSC_RECORD } from "../../support/avsc-changes.ts";

const header: PartHeader = {
  seq: 2 ** 40 + 1,
  part: 0,
  attempt: 2 ** 47 - 1,
  incarnation: 1,
  xid: "771",
  tables: [
    {
      ref: 0,
      table: 16_419,
      shape: "00112233445566778899aabbccddeeff",
      inserts: 1,
      updates: 2,
      deletes: 1,
      truncates: 1,
    },
  ],
  commit: {
    position: lsnPosition(0x16b3748n),
    committedAt: 1_795_243_242_857_389n,
    rawCommittedAt: 1_795_243_242_857_380n,
    rollingHash: "ffeeddccbbaa99887766554433221100",
  },
};

const changes: readonly Change[] = [
  { kind: "insert", ref: 0, after: [Buffer.from("1"), null, Buffer.from("")] },
  {
    kind: "update",
    ref: 0,
    old: { kind: "none" },
    after: [Buffer.from("1"), UNCHANGED, Buffer.from("x".repeat(200))],
  },
  {
    kind: "update",
    ref: 0,
    old: { kind: "key", row: [Buffer.from("1"), ABSENT, ABSENT] },
    after: [Buffer.from("2"), null, UNCHANGED],
  },
  {
    kind: "delete",
    ref: 0,
    old: { kind: "full", row: [Buffer.from("2"), null, null] },
  },
  { kind: "truncate", refs: [0], cascade: true, restartIdentity: false },
  { kind: "event", event: "marker", name: "héllo", body: Buffer.from("{}") },
  { kind: "insert", ref: 0, after: [] },
];

function encode(all: readonly Change[]) {
  const out = new AvroWriter(64);
  for (const change of all) writeChange(out, change);
  return encodePart(header, { count: all.length, bytes: out.cut() });
}

describe("a part", () => {
  it("comes back as it was", () => {
    const record = decodeJournalRecord(encode(changes).bytes);
    if (record.kind !== "part") throw new Error(record.kind);
    expect(record.header).toEqual(header);
    const items = partItems(record);
    expect(items.count).toBe(changes.length);
    expect(decodeChanges(items.bytes)).toEqual(changes);
  });

  it("means the same to another Avro implementation", () => {
    const { record } = AVSC_RECORD.fromBuffer(
      Buffer.from(encode(changes).bytes),
    ) as {
      record: Record<string, Record<string, unknown>>;
    };
    const part = record["tidemark.v1.TransactionPart"] as {
      seq: number;
      commit: { position: string };
      changes: unknown[];
    };
    expect(part.seq).toBe(header.seq);
    expect(part.commit.position).toBe("0/16B3748");
    expect(part.changes).toHaveLength(changes.length);
    expect(JSON.stringify(part.changes[2])).toContain("ABSENT");
    expect(JSON.stringify(part.changes[2])).toContain("UNCHANGED");
  });

  it("may hold no changes", () => {
    const record = decodeJournalRecord(encode([]).bytes);
    expect(record.kind === "part" && partItems(record).count).toBe(0);
  });

  it("is refused when bytes are missing or left over", () => {
    const { bytes } = encode(changes);
    expect(() =>
      decodeJournalRecord(bytes.subarray(0, bytes.length - 1)),
    ).toThrow(RangeError);
    expect(() =>
      decodeJournalRecord(Buffer.concat([bytes, Buffer.from([0])])),
    ).toThrow(RangeError);
  });
});

describe("a shape", () => {
  const shape = shapeOf({
    table: 16_419,
    engine: "postgres",
    namespace: "public",
    name: "orders",
    identity: "KEY",
    columns: [
      {
        name: "id",
        type: "int8",
        typeId: 20,
        typeModifier: -1,
        identifies: true,
        encoding: "TEXT",
      },
      {
        name: "mood",
        type: "public.mood",
        typeId: 16_400,
        typeModifier: -1,
        identifies: false,
        encoding: "TEXT",
      },
    ],
  });

  it("comes back as it was, also by another implementation", () => {
    const bytes = encodeJournalRecord({ kind: "shape", shape });
    expect(decodeJournalRecord(bytes)).toEqual({ kind: "shape", shape });
    expect(
      JSON.stringify(AVSC_RECORD.fromBuffer(Buffer.from(bytes))),
    ).toContain("public.mood");
  });

  it("is refused under another's name", () => {
    const bytes = Buffer.from(encodeJournalRecord({ kind: "shape", shape }));
    bytes[1] = (bytes[1] as number) ^ 1;
    expect(() => decodeJournalRecord(bytes)).toThrow(
      /is not what its name says/,
    );
  });
});

describe("progress", () => {
  it("comes back as it was", () => {
    const record = {
      kind: "progress" as const,
      afterSeq: 812,
      incarnation: 1,
      position: lsnPosition(2n ** 40n),
      at: 1_795_243_242_857_389n,
    };
    expect(decodeJournalRecord(encodeJournalRecord(record))).toEqual(record);
  });
});

describe("a long", () => {
  const edges = [
    0,
    1,
    63,
    64,
    2 ** 27,
    2 ** 28,
    2 ** 30,
    2 ** 31,
    2 ** 34,
    2 ** 35,
    2 ** 52,
    2 ** 53 - 1,
  ];
  const values = edges.flatMap((edge) => [edge, -edge, edge - 1, 1 - edge]);

  it.each(values)("%d is its zigzag in base 128, and comes back", (value) => {
    const out = new AvroWriter(16);
    out.writeLong(value);
    const bytes = Buffer.from(out.view());
    expect(bytes).toEqual(zigzag(BigInt(value)));
    expect(new AvroReader(bytes).readLong()).toBe(value + 0);
  });

  it("of 2^53 or more is refused", () => {
    const bytes = Buffer.from([
      0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01,
    ]);
    expect(() => new AvroReader(bytes).readLong()).toThrow(RangeError);
  });
});

/** Avro 1.12, "Binary Encoding", in big integers. */
function zigzag(value: bigint): Buffer {
  let rest = value >= 0n ? 2n * value : -2n * value - 1n;
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
