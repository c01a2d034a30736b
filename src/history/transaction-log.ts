import type { SegmentAct } from "../archive/acts.ts";
import type { ArchiveReading } from "../archive/find-commit.ts";
import { openSegment, type Segment } from "../archive/segment-reader.ts";
import { TidemarkError } from "../core/errors.ts";
import type { EncodedPart } from "../core/journal-record.ts";
import { tableLabel, type Shape, type ShapeId } from "../core/shape.ts";
import { decodeChanges } from "../format/change-codec.ts";
import { partItems } from "../format/part-header.ts";
import { nameChange, type LoggedChange } from "./logged-change.ts";
import {
  shapesOfPart,
  TransactionTally,
  type LoggedTransaction,
  type RowFilter,
  type TransactionFilter,
} from "./transaction-tally.ts";

export interface LogRequest extends TransactionFilter {
  /** Both inclusive. */
  readonly fromSeq: number;
  readonly throughSeq: number;
  /** Only so many, the newest. */
  readonly limit: number | undefined;
}

export interface LogEntry {
  readonly transaction: LoggedTransaction;
  /** Its changes as far as the request asks for them; read before the next entry is taken, or not at all. */
  readonly changes: () => AsyncIterable<LoggedChange>;
}

/**
 * The transactions of a range, oldest first, in memory that no transaction's size determines. Segments that do not name a table
 * asked for are not opened. Throws ARCHIVE_DAMAGED, OBJECT_MISSING.
 */
export async function* readTransactionLog(
  archive: ArchiveReading,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<LogEntry, void, undefined> {
  const segments = archive.state.segments.filter((segment) =>
    mayHold(segment, request),
  );
  const fromSeq =
    request.limit === undefined
      ? request.fromSeq
      : await findFirst(
          archive,
          { segments, request, limit: request.limit },
          signal,
        );
  if (fromSeq === undefined) return;
  for (const segment of segments) {
    if (segment.last.seq < fromSeq) continue;
    await using opened = await open(archive, segment, signal);
    // The second reading of the same segment follows the first, so that a transaction is told before its changes.
    await using changes = new ChangeReader(opened, request, signal);
    const range = { ...request, fromSeq };
    for await (const transaction of readSegment(opened, range, signal)) {
      yield { transaction, changes: () => changes.of(transaction.seq) };
    }
  }
}

function mayHold(segment: SegmentAct, request: LogRequest): boolean {
  const { tables, fromSeq, throughSeq } = request;
  return (
    segment.last.seq >= fromSeq &&
    segment.first.seq <= throughSeq &&
    (tables === undefined ||
      segment.tables.some((table) => tables.has(tableLabel(table))))
  );
}

/** Where the newest `limit` transactions begin: segments are read from the newest on until there are enough. */
async function findFirst(
  archive: ArchiveReading,
  of: {
    readonly segments: readonly SegmentAct[];
    readonly request: LogRequest;
    readonly limit: number;
  },
  signal: AbortSignal,
): Promise<number | undefined> {
  let first: number | undefined;
  let missing = of.limit;
  for (const segment of of.segments.toReversed()) {
    await using opened = await open(archive, segment, signal);
    let newest: number[] = [];
    for await (const { seq } of readSegment(opened, of.request, signal)) {
      newest.push(seq);
      if (newest.length >= 2 * missing) newest = newest.slice(-missing);
    }
    newest = newest.slice(-missing);
    first = newest[0] ?? first;
    missing -= newest.length;
    if (missing === 0) break;
  }
  return first;
}

function open(
  archive: ArchiveReading,
  { object }: SegmentAct,
  signal: AbortSignal,
): Promise<Segment> {
  const { store, workFolder } = archive;
  return openSegment({ store, object, workFolder }, signal);
}

async function* readSegment(
  segment: Segment,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<LoggedTransaction, void, undefined> {
  const shapes = new Map<ShapeId, Shape>();
  let tally: TransactionTally | undefined;
  for await (const part of readParts(segment, shapes, signal)) {
    const { seq, commit } = part.header;
    if (seq < request.fromSeq) continue;
    if (seq > request.throughSeq) return;
    tally ??= new TransactionTally(shapes, request);
    tally.add(part);
    if (commit === undefined) continue;
    const transaction = tally.finish(part.header);
    if (tally.isAskedFor) yield transaction;
    tally = undefined;
  }
}

/** Fills `shapes` on the way. */
async function* readParts(
  segment: Segment,
  shapes: Map<ShapeId, Shape>,
  signal: AbortSignal,
): AsyncGenerator<EncodedPart, void, undefined> {
  for await (const batch of segment.records(signal)) {
    for (const record of batch) {
      if (record.kind === "shape") shapes.set(record.shape.id, record.shape);
      else if (record.kind === "part") yield record;
    }
  }
}

/** The changes of one segment's transactions, asked for in their order. */
class ChangeReader implements AsyncDisposable {
  private readonly filter: RowFilter;
  private readonly shapes = new Map<ShapeId, Shape>();
  private readonly parts: AsyncGenerator<EncodedPart, void, undefined>;
  /** Read, and of a later transaction than was asked for so far. */
  private ahead: EncodedPart | undefined;

  constructor(segment: Segment, filter: RowFilter, signal: AbortSignal) {
    this.filter = filter;
    this.parts = readParts(segment, this.shapes, signal);
  }

  async *of(seq: number): AsyncGenerator<LoggedChange, void, undefined> {
    let index = 0;
    for (;;) {
      const part = this.ahead ?? (await this.next());
      this.ahead = undefined;
      if (part === undefined || part.header.seq > seq) {
        this.ahead = part;
        return;
      }
      if (part.header.seq < seq) continue;
      const shapeOf = shapesOfPart(part.header, this.shapes, this.filter);
      for (const change of decodeChanges(partItems(part).bytes)) {
        const at = { seq, index: index++ };
        if (this.filter.key?.isTouchedBy(change, shapeOf) === false) continue;
        const named = nameChange(change, at, shapeOf);
        if (named !== undefined) yield named;
      }
      if (part.header.commit !== undefined) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.parts.return();
  }

  private async next(): Promise<EncodedPart | undefined> {
    const step = await this.parts.next();
    return step.done === true ? undefined : step.value;
  }
}

/** The names of all tables that the archive has met, for the hint of a name that is none of them. */
export function archivedTables(state: ArchiveReading["state"]): string[] {
  const labels = new Set<string>();
  for (const { tables } of [...state.bases, ...state.segments])
    for (const table of tables) labels.add(tableLabel(table));
  return [...labels].sort();
}

/** Throws NOT_FOUND for a table that the archive has never met. */
export function checkTables(
  state: ArchiveReading["state"],
  tables: Iterable<string>,
): void {
  const known = archivedTables(state);
  for (const table of tables) {
    if (known.includes(table)) continue;
    throw new TidemarkError("NOT_FOUND", `the archive has no table ${table}`, {
      hint: `it has ${known.slice(0, 20).join(", ") || "none"}`,
    });
  }
}
