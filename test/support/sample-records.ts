import type { Change } from "../../src/core/change.ts";
import type {
  EncodedPart,
  TouchedTable,
} from "../../src/core/journal-record.ts";
import { lsnPosition } from "../../src/core/position.ts";
import type { Identity, Shape } from "../../src/core/shape.ts";
import { AvroWriter } from "../../src/format/avro-writer.ts";
import { writeChange } from "../../src/format/change-codec.ts";
import { encodePart, type ChangeItems } from "../../src/format/part-header.ts";
import { rolling, ZERO_HASH } from "../../src/format/rolling-hash.ts";
import { shapeOf } from "../../src/format/shape-record.ts";

export interface SampleTable {
  readonly table: number;
  readonly name: string;
  readonly identity: Identity;
  /** Column names; those with a trailing `*` identify a row. */
  readonly columns: readonly string[];
}

export function sampleShape(sample: SampleTable): Shape {
  return shapeOf({
    table: sample.table,
    engine: "postgres",
    namespace: "public",
    name: sample.name,
    identity: sample.identity,
    columns: sample.columns.map((column) => ({
      name: column.replace("*", ""),
      type: "text",
      typeId: 25,
      typeModifier: -1,
      identifies: column.endsWith("*") || sample.identity === "WHOLE_ROW",
      encoding: "TEXT",
    })),
  });
}

export function encodeItems(changes: readonly Change[]): ChangeItems {
  const out = new AvroWriter(4096);
  for (const change of changes) writeChange(out, change);
  return { count: changes.length, bytes: out.cut() };
}

export interface SampleTransaction {
  readonly seq: number;
  /** By ref. */
  readonly shapes: readonly Shape[];
  /** The changes of each part. */
  readonly parts: readonly (readonly Change[])[];
  readonly committedAt?: bigint;
  readonly rawCommittedAt?: bigint;
  readonly incarnation?: number;
  readonly attempt?: number;
}

/** The position of transaction `seq` in all samples. */
export function samplePosition(seq: number): bigint {
  return 0x100_0000n + BigInt(seq) * 256n;
}

/** Stands for a rolling hash: distinct per seq. */
export function sampleHash(seq: number): string {
  return seq === 0 ? ZERO_HASH : rolling(ZERO_HASH, `${seq}`.padStart(64, "0"));
}

export function sampleParts(transaction: SampleTransaction): EncodedPart[] {
  const { seq, shapes, parts } = transaction;
  const at = transaction.committedAt ?? 1_700_000_000_000_000n + BigInt(seq);
  return parts.map((changes, part) =>
    encodePart(
      {
        seq,
        part,
        attempt: transaction.attempt ?? seq * 7,
        incarnation: transaction.incarnation ?? 1,
        xid: `${seq + 1000}`,
        tables: touchedTables(shapes, changes),
        commit:
          part < parts.length - 1
            ? undefined
            : {
                position: lsnPosition(samplePosition(seq)),
                committedAt: at,
                rawCommittedAt: transaction.rawCommittedAt ?? at,
                rollingHash: sampleHash(seq),
              },
      },
      encodeItems(changes),
    ),
  );
}

export function touchedTables(
  shapes: readonly Shape[],
  changes: readonly Change[],
): TouchedTable[] {
  const count = (kind: Change["kind"], ref: number): number =>
    changes.filter(
      (change) =>
        change.kind === kind &&
        (change.kind === "truncate"
          ? change.refs.includes(ref)
          : change.kind !== "event" && change.ref === ref),
    ).length;
  return shapes
    .map((shape, ref) => ({
      ref,
      table: shape.table,
      shape: shape.id,
      inserts: count("insert", ref),
      updates: count("update", ref),
      deletes: count("delete", ref),
      truncates: count("truncate", ref),
    }))
    .filter((t) => t.inserts + t.updates + t.deletes + t.truncates > 0);
}

/** "NULL" in a sample is a null, any other text its bytes. */
export function sampleRow(...values: readonly string[]): (Buffer | null)[] {
  return values.map((value) => (value === "NULL" ? null : Buffer.from(value)));
}
