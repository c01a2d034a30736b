import type {
  EncodedPart,
  JournalRecord,
  ProgressRecord,
} from "../../src/core/journal-record.ts";
import { lsnPosition } from "../../src/core/position.ts";
import type { Shape } from "../../src/core/shape.ts";
import { parseSourceName } from "../../src/core/source-name.ts";
import type {
  Journal,
  JournalStart,
  JournalWriter,
} from "../../src/journal/journal.ts";
import { never } from "./never.ts";
import {
  sampleHash,
  sampleParts,
  samplePosition,
  sampleShape,
} from "./sample-records.ts";

export const orders = parseSourceName("orders");

export const orderShape = tableShape(1);

export function tableShape(table: number, more: readonly string[] = []): Shape {
  return sampleShape({
    table,
    name: `table_${table}`,
    identity: "KEY",
    columns: ["id*", "note", ...more],
  });
}

export const shapeRecord: JournalRecord = { kind: "shape", shape: orderShape };

export interface TransactionOptions {
  readonly parts?: number;
  /** Of one value in each part. */
  readonly valueBytes?: number;
  readonly attempt?: number;
  readonly shape?: Shape;
}

/** The parts of one transaction: one insert each, distinct in every byte that matters. */
export function transaction(
  seq: number,
  options: TransactionOptions = {},
): EncodedPart[] {
  const { parts = 1, valueBytes = 10, attempt, shape = orderShape } = options;
  return sampleParts({
    seq,
    shapes: [shape],
    ...(attempt === undefined ? {} : { attempt }),
    parts: Array.from({ length: parts }, (_, part) => [
      {
        kind: "insert",
        ref: 0,
        after: [
          Buffer.from(`${seq}/${part}/${attempt ?? 0}`),
          Buffer.alloc(valueBytes, seq * 31 + part),
        ],
      },
    ]),
  });
}

/** Transactions `from` to `through`, one part each. */
export function transactions(from: number, through: number): EncodedPart[] {
  const all: EncodedPart[] = [];
  for (let seq = from; seq <= through; seq++) all.push(...transaction(seq));
  return all;
}

/** What `find` says of a sample transaction, and what a journal is begun with. */
export function startAt(seq: number): JournalStart {
  return {
    seq,
    position: lsnPosition(samplePosition(seq)),
    committedAt: 1_700_000_000_000_000n + BigInt(seq),
    rollingHash: sampleHash(seq),
  };
}

export function progressAfter(afterSeq: number, ahead = 8n): ProgressRecord {
  return {
    kind: "progress",
    afterSeq,
    incarnation: 1,
    position: lsnPosition(samplePosition(afterSeq) + ahead),
    at: 1_700_000_000_000_000n + BigInt(afterSeq) + ahead,
  };
}

/** A writer begun at `seq`, with the shape of `transaction` given. */
export async function begunWriter(
  journal: Journal,
  seq = 0,
): Promise<JournalWriter> {
  const writer = await journal.openWriter(orders, never);
  await writer.begin(startAt(seq), never);
  await writer.append([shapeRecord], never);
  return writer;
}

/** The batches after `after`, up to the one with the end of transaction `through`. */
export async function readBatches(
  journal: Journal,
  after: number,
  through: number,
): Promise<(readonly JournalRecord[])[]> {
  const batches: (readonly JournalRecord[])[] = [];
  for await (const batch of journal.read(orders, after, never)) {
    batches.push(batch);
    if (batch.some((record) => endsTransaction(record, through))) break;
  }
  return batches;
}

function endsTransaction(record: JournalRecord, seq: number): boolean {
  return (
    record.kind === "part" &&
    record.header.seq === seq &&
    record.header.commit !== undefined
  );
}

export async function readParts(
  journal: Journal,
  after: number,
  through: number,
): Promise<EncodedPart[]> {
  const batches = await readBatches(journal, after, through);
  return batches.flat().filter((record) => record.kind === "part");
}

/** For comparing: which transaction, part and attempt, and all bytes. */
export function partFacts(parts: readonly EncodedPart[]): readonly string[] {
  return parts.map(({ header, bytes }) => {
    const hex = Buffer.from(bytes).toString("hex");
    return `${header.seq}/${header.part}/${header.attempt} ${hex}`;
  });
}
