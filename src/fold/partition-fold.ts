import { TidemarkError } from "../core/errors.ts";
import type { FoldedRows, NoteWriter } from "./folded-rows.ts";
import type { LineKeys } from "./line-keys.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { RowSink } from "./row-sink.ts";
import type { SpillFile } from "./spill-file.ts";
import { spillHash } from "./spill-hash.ts";
import type { SpillNote, SpillNotes } from "./spill-notes.ts";
import { SpillPartitions, partitionsOfPartition } from "./spill-partitions.ts";
import type { SpillSpace } from "./spill-space.ts";
import type { JoinCounts } from "./table-change.ts";

/** Rows that come so far could not be parted by as many hashes. */
const MOST_LEVELS = 40;

export interface PartitionFoldOptions {
  readonly space: SpillSpace;
  readonly keys: LineKeys;
  readonly sink: RowSink;
  readonly counts: JoinCounts;
  readonly newRows: () => FoldedRows;
  /** For a later visit of the partition that is folded. */
  readonly later: NoteWriter;
}

/**
 * What was written down of a partition; what others sent to its rows since, which comes after all of it; and the rows of the base that may be its own: a line
 * and its newline in each note's row.
 */
export interface Partition {
  readonly notes: SpillNotes | undefined;
  readonly sent: SpillNotes | undefined;
  readonly base: SpillNotes | undefined;
}

interface Split {
  readonly level: number;
  readonly notes: SpillPartitions;
  readonly sent: SpillPartitions;
  /** All notes were written: what is sent from here on is apart from them. */
  isWritten: boolean;
  /** The one that is folded; -1: none yet. */
  current: number;
}

/**
 * Folds one partition, whatever its size: while its notes are read, memory is written down to partitions of its own each time
 * that it is full, by another hash of the keys, and these are folded one after the other in the same way.
 */
export class PartitionFold {
  private readonly of: PartitionFoldOptions;
  private readonly budget: MemoryBudget;
  /** Outermost first. */
  private readonly splits: Split[] = [];
  private rows: FoldedRows | undefined;
  private waiting = 0;

  constructor(of: PartitionFoldOptions) {
    this.of = of;
    this.budget = of.space.budget;
  }

  /** Yields when the sink has something. Returns how many rows wait for what others send. */
  *fold(partition: Partition): Generator<void, number, undefined> {
    this.waiting = 0;
    yield* this.foldLevel(partition, 1);
    return this.waiting;
  }

  /** Takes a note to where its key is in this partition. False: that was folded already, and must be again. */
  deliver(note: SpillNote): boolean {
    if (this.rows?.apply(note) === true) return true;
    for (const split of this.splits) {
      const child = split.notes.indexOf(spillHash(note.key, split.level));
      if (child < split.current) return false;
      if (child > split.current) {
        (split.isWritten ? split.sent : split.notes).write(child, note);
        return true;
      }
    }
    // Its row is whole since, and needs nothing that is older.
    return true;
  }

  private *foldLevel(
    partition: Partition,
    level: number,
  ): Generator<void, void, undefined> {
    const { notes, sent, base } = partition;
    if (notes === undefined && sent === undefined && base === undefined) return;
    const { space } = this.of;
    const file = space.open();
    const split = this.newSplit(level, file);
    const rows = this.read(partition, split);
    if (rows === undefined) {
      yield* this.foldSplit(split, base);
      this.splits.pop();
    } else {
      yield* this.join(rows, base);
    }
    split.notes.release();
    split.sent.release();
    space.close(file);
  }

  private newSplit(level: number, file: SpillFile): Split {
    const { space } = this.of;
    const of = { file, count: partitionsOfPartition(this.budget.limitBytes) };
    return {
      level,
      notes: new SpillPartitions(space, of),
      sent: new SpillPartitions(space, of),
      isWritten: false,
      current: -1,
    };
  }

  /** undefined: it did not fit, and is in the partitions of the split, which is the last of `splits` now. */
  private read(
    { notes, sent }: Partition,
    split: Split,
  ): FoldedRows | undefined {
    let rows = this.of.newRows();
    this.rows = rows;
    let isSplit = false;
    const writeTo = (to: SpillPartitions, note: SpillNote): void => {
      to.write(to.indexOf(spillHash(note.key, split.level)), note);
    };
    const writeRows = (): void => {
      if (!isSplit) this.splits.push(split);
      isSplit = true;
      rows.writeAll((note) => {
        writeTo(split.notes, note);
      });
      rows.release();
    };
    for (const note of notes?.read() ?? []) {
      if (rows.size > 1 && this.isFull(note)) {
        writeRows();
        rows = this.of.newRows();
        this.rows = rows;
      }
      if (!rows.apply(note) && isSplit) writeTo(split.notes, note);
    }
    notes?.release();
    if (isSplit) writeRows();
    for (const note of sent?.read() ?? []) {
      if (!isSplit && rows.size > 1 && this.isFull(note)) writeRows();
      if (isSplit) writeTo(split.sent, note);
      else rows.apply(note);
    }
    sent?.release();
    split.isWritten = isSplit;
    this.rows = isSplit ? undefined : rows;
    return this.rows;
  }

  /** The next note, its copy in memory and a table that grows for it. */
  private isFull({ key, row }: SpillNote): boolean {
    const bytes = key.to - key.from + row.to - row.from;
    return this.budget.bytes + 2 * bytes > this.budget.foldedBytes;
  }

  private *foldSplit(
    split: Split,
    base: SpillNotes | undefined,
  ): Generator<void, void, undefined> {
    if (split.level === MOST_LEVELS)
      throw new TidemarkError("MEMORY", "two rows do not fit into memory", {
        hint: "give --memory more, at least eight times the longest row",
      });
    const { space } = this.of;
    space.splits += 1;
    split.notes.rest();
    split.sent.rest();
    const file = space.open();
    const { count } = split.notes;
    const bases = new SpillPartitions(space, { file, count });
    this.partBase(bases, { base, level: split.level });
    for (let child = 0; child < count; child++) {
      split.current = child;
      const partition = {
        notes: split.notes.takeOut(child),
        sent: split.sent.takeOut(child),
        base: bases.takeOut(child),
      };
      yield* this.foldLevel(partition, split.level + 1);
    }
    bases.release();
    space.close(file);
  }

  private partBase(
    bases: SpillPartitions,
    { base, level }: { base: SpillNotes | undefined; level: number },
  ): void {
    for (const note of base?.read() ?? []) {
      note.row.to -= 1;
      const hash = spillHash(this.of.keys.read(note.row), level);
      note.row.to += 1;
      bases.write(bases.indexOf(hash), note);
    }
    base?.release();
    bases.rest();
  }

  private *join(
    rows: FoldedRows,
    base: SpillNotes | undefined,
  ): Generator<void, void, undefined> {
    const { sink, counts, later } = this.of;
    const join = rows.join(sink);
    for (const { row: line } of base?.read() ?? []) {
      line.to -= 1;
      if (join.keeps(line)) sink.passLine(line);
      if (sink.hasChunks) yield;
    }
    base?.release();
    join.endBase();
    while (join.writeRest()) yield;
    this.waiting += rows.writeWaiting(later);
    this.rows = undefined;
    rows.release();
    counts.replaced += join.counts.replaced;
    counts.removed += join.counts.removed;
    counts.added += join.counts.added;
  }
}
