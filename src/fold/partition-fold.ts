import { TidemarkError } from "../core/errors.ts";
import type { FoldedRows, NoteWriter } from "./folded-rows.ts";
import type { LineKeys } from "./line-keys.ts";
import { PartitionRead } from "./partition-read.ts";
import type { RowSink } from "./row-sink.ts";
import { spillHash } from "./spill-hash.ts";
import type { SpillNote, SpillNotes } from "./spill-notes.ts";
import { SpillPartitions } from "./spill-partitions.ts";
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
 * What was written down of a partition; what others sent to its keys since, which comes after all of it; and the rows of the base that
 * may be its own: a line and its newline in each note's row.
 */
export interface Partition {
  readonly notes: SpillNotes | undefined;
  readonly sent: SpillNotes | undefined;
  readonly base: SpillNotes | undefined;
}

/** A partition that was too large, while its own partitions are folded. */
interface Split {
  readonly read: PartitionRead;
  /** The one that is folded. */
  current: number;
}

/**
 * Folds one partition, whatever its size: while its notes are read, memory is written down to partitions of its own each time
 * that it is full, by another hash of the keys, and these are folded one after the other in the same way.
 */
export class PartitionFold {
  private readonly of: PartitionFoldOptions;
  /** Outermost first. */
  private readonly splits: Split[] = [];
  /** The innermost, which is read or joined. */
  private read: PartitionRead | undefined;
  private waiting = 0;

  constructor(of: PartitionFoldOptions) {
    this.of = of;
  }

  /** Yields when the sink has something. Returns how many rows wait for what others send. */
  *fold(partition: Partition): Generator<void, number, undefined> {
    this.waiting = 0;
    yield* this.foldLevel(partition, 1);
    return this.waiting;
  }

  /** Takes a note to where its key is in this partition. False: that was folded already, and must be again. */
  deliver(note: SpillNote): boolean {
    for (const { read, current } of this.splits) {
      const child = read.sent.indexOf(spillHash(note.key, read.level));
      if (child < current) return false;
      if (child > current) {
        read.sent.write(child, note);
        return true;
      }
    }
    this.read?.take(note);
    return true;
  }

  private *foldLevel(
    { notes, sent, base }: Partition,
    level: number,
  ): Generator<void, void, undefined> {
    if (notes === undefined && sent === undefined && base === undefined) return;
    const { space, newRows } = this.of;
    const file = space.open();
    const read = new PartitionRead({ space, file, level, newRows });
    this.read = read;
    read.read(notes, sent);
    if (read.isSplit) yield* this.foldSplit(read, base);
    else yield* this.join(read.rows, base);
    read.release();
    space.close(file);
  }

  private *foldSplit(
    read: PartitionRead,
    base: SpillNotes | undefined,
  ): Generator<void, void, undefined> {
    const { notes, sent, level } = read;
    if (level === MOST_LEVELS)
      throw new TidemarkError("MEMORY", "two rows do not fit into memory", {
        hint: "give --memory more, at least eight times the longest row",
      });
    const { space } = this.of;
    space.splits += 1;
    notes.rest();
    sent.rest();
    const file = space.open();
    const { count } = notes;
    const bases = new SpillPartitions(space, { file, count });
    this.partBase(bases, { base, level });
    const split = { read, current: 0 };
    this.splits.push(split);
    for (; split.current < count; split.current++) {
      const partition = {
        notes: notes.takeOut(split.current),
        sent: sent.takeOut(split.current),
        base: bases.takeOut(split.current),
      };
      yield* this.foldLevel(partition, level + 1);
    }
    this.splits.pop();
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
    this.read = undefined;
    rows.release();
    counts.replaced += join.counts.replaced;
    counts.removed += join.counts.removed;
    counts.added += join.counts.added;
  }
}
