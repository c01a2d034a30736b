import { rm } from "node:fs/promises";
import { TidemarkError } from "../core/errors.ts";
import type { EncodedPart, JournalRecord } from "../core/journal-record.ts";
import type { Shape, ShapeId } from "../core/shape.ts";
import {
  BLOCK_BYTES,
  createContainer,
  type ContainerFacts,
  type ContainerWriter,
} from "../format/container-writer.ts";
import { encodeJournalRecord } from "../format/journal-record.ts";
import { encodeShape } from "../format/shape-record.ts";
import type { Link } from "./acts.ts";
import { SegmentFacts, type SegmentSummary } from "./segment-facts.ts";

export interface SegmentSpoolOptions {
  /** Must not exist; removed when the spool is disposed. */
  readonly path: string;
  readonly incarnation: number;
  /** The transaction that the first one follows: the archive's head. */
  readonly before: Link;
  /** Every shape met so far: one map for all spools of an archiver, because a journal says a shape once. */
  readonly shapes: Map<ShapeId, Shape>;
  /** The segment is full at the first boundary after so many stored bytes. */
  readonly fullBytes: number;
}

export interface FinishedSegment {
  readonly path: string;
  readonly object: ContainerFacts;
  readonly summary: SegmentSummary;
}

export async function createSegmentSpool(
  options: SegmentSpoolOptions,
): Promise<SegmentSpool> {
  return new SegmentSpool(options, await createContainer(options.path));
}

/** A segment in the making: whole transactions in a file, each shape before its first use, so that it is readable alone. */
export class SegmentSpool implements AsyncDisposable {
  private readonly options: SegmentSpoolOptions;
  private readonly container: ContainerWriter;
  private readonly facts: SegmentFacts;
  private readonly written = new Set<ShapeId>();
  private fullBytes: number;

  constructor(options: SegmentSpoolOptions, container: ContainerWriter) {
    this.options = options;
    this.container = container;
    this.facts = new SegmentFacts(options);
    this.fullBytes = options.fullBytes;
  }

  get lastSeq(): number {
    return this.facts.lastSeq;
  }

  get isEmpty(): boolean {
    return this.facts.isEmpty;
  }

  get atBoundary(): boolean {
    return this.facts.atBoundary;
  }

  /** Holds an event that somebody waits for. */
  get isAwaited(): boolean {
    return this.facts.isAwaited;
  }

  get rawBytes(): number {
    return this.container.rawBytes;
  }

  /** At a boundary, with at least one transaction and enough bytes. */
  get isFull(): boolean {
    return (
      this.atBoundary &&
      !this.isEmpty &&
      this.container.storedBytes >= this.fullBytes
    );
  }

  /** From now on the first boundary makes it full: the time is up. */
  cutSoon(): void {
    this.fullBytes = 0;
  }

  /**
   * Takes records in the journal's order until the spool is full, and says how many it took: the others belong to the next
   * segment. Throws JOURNAL_GAP when a part does not follow, DISK_FULL.
   */
  async add(records: readonly JournalRecord[]): Promise<number> {
    let drainedAt = this.rawBytes;
    let taken = 0;
    for (const record of records) {
      if (this.isFull && record.kind === "part") break;
      this.append(record);
      taken += 1;
      if (this.rawBytes - drainedAt >= BLOCK_BYTES) {
        await this.container.drain();
        drainedAt = this.rawBytes;
      }
    }
    await this.container.drain();
    return taken;
  }

  /** Resolves once the file is on the disk, whole. */
  async finish(): Promise<FinishedSegment> {
    const summary = this.facts.summary();
    const object = await this.container.finish();
    return { path: this.options.path, object, summary };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.container[Symbol.asyncDispose]();
    await rm(this.options.path, { force: true });
  }

  private append(record: JournalRecord): void {
    switch (record.kind) {
      case "shape":
        this.options.shapes.set(record.shape.id, record.shape);
        return;
      case "progress":
        this.facts.addProgress(record);
        // Before the first transaction it says nothing that the entry's own progress does not say.
        if (this.isEmpty && this.atBoundary) return;
        break;
      case "part":
        this.facts.addPart(record, (id) => this.shape(id, record));
        for (const touched of record.header.tables)
          this.writeShape(touched.shape, record);
        break;
    }
    this.container.append(encodeJournalRecord(record));
  }

  private writeShape(id: ShapeId, part: EncodedPart): void {
    if (this.written.has(id)) return;
    this.written.add(id);
    this.container.append(encodeShape(this.shape(id, part)));
  }

  private shape(id: ShapeId, part: EncodedPart): Shape {
    const shape = this.options.shapes.get(id);
    if (shape !== undefined) return shape;
    throw new TidemarkError(
      "JOURNAL_DAMAGED",
      `transaction ${part.header.seq} refers to shape ${id}, which the journal has not given`,
      {
        hint: "delete the journal's folder or topic of this source: it is rebuilt from the source",
      },
    );
  }
}
