import type { FoldedRows } from "./folded-rows.ts";
import type { SpillFile } from "./spill-file.ts";
import { spillHash } from "./spill-hash.ts";
import { SpillNotes, type SpillNote } from "./spill-notes.ts";
import {
  SpillPartitions,
  blockBytesOf,
  partitionsOfPartition,
} from "./spill-partitions.ts";
import type { SpillSpace } from "./spill-space.ts";

export interface PartitionReadOptions {
  readonly space: SpillSpace;
  /** For what does not fit; the caller closes it. */
  readonly file: SpillFile;
  /** The hash by which it is split, if it must be. */
  readonly level: number;
  readonly newRows: () => FoldedRows;
}

/**
 * Reads one partition into memory. Each time that it is full, memory is written down to partitions of another hash of the keys.
 *
 * What one key sends to another must come there in the order of sending, for the newest comes first. So what comes is put behind
 * all that came before: behind the notes, what was sent; behind that, what the reading of it makes keys of this partition send to
 * each other, since older parts of the same way may still wait to be read. Reading notes sends too, and that need not wait: a key
 * sends from its notes before anything was sent for it, and what it sent when the notes were more than memory is among them.
 */
export class PartitionRead {
  /** All of the partition once it is read, unless `isSplit`: then it is in `notes` and `sent`. */
  rows: FoldedRows;
  isSplit = false;
  readonly level: number;
  readonly notes: SpillPartitions;
  readonly sent: SpillPartitions;
  private readonly of: PartitionReadOptions;
  private readonly blockBytes: number;
  private isReadingSent = false;
  /** Sent within the partition while what was sent is read. */
  private next: SpillNotes | undefined;

  constructor(of: PartitionReadOptions) {
    const { space, file, level } = of;
    const { limitBytes } = space.budget;
    const count = partitionsOfPartition(limitBytes);
    this.of = of;
    this.level = level;
    this.rows = of.newRows();
    this.notes = new SpillPartitions(space, { file, count });
    this.sent = new SpillPartitions(space, { file, count });
    this.blockBytes = blockBytesOf(limitBytes, count);
  }

  read(notes: SpillNotes | undefined, sent: SpillNotes | undefined): void {
    for (const note of notes?.read() ?? []) {
      if (this.isFull(note)) {
        this.writeRows();
        this.rows = this.of.newRows();
      }
      this.apply(note);
    }
    notes?.release();
    if (this.isSplit) this.writeRows();
    this.isReadingSent = true;
    for (let round = sent; round !== undefined; round = this.takeNext()) {
      for (const note of round.read()) this.applySent(note);
      round.release();
    }
    this.isReadingSent = false;
  }

  /** What keys of this partition send to each other, while it is read or joined. */
  take(note: SpillNote): void {
    if (!this.isReadingSent) {
      this.apply(note);
      return;
    }
    const { blockBytes } = this;
    const { file, space } = this.of;
    const { budget } = space;
    this.next ??= new SpillNotes({ file, budget, blockBytes });
    this.next.write(note);
  }

  /** Nothing may be called afterwards. */
  release(): void {
    this.notes.release();
    this.sent.release();
  }

  /** What no row here takes is for one that was written down, or for one that is whole since. */
  private apply(note: SpillNote): void {
    if (!this.rows.apply(note) && this.isSplit) this.write(this.notes, note);
  }

  private applySent(note: SpillNote): void {
    if (!this.isSplit && this.isFull(note)) this.writeRows();
    if (this.isSplit) this.write(this.sent, note);
    else this.rows.apply(note);
  }

  private takeNext(): SpillNotes | undefined {
    const { next } = this;
    this.next = undefined;
    return next;
  }

  private writeRows(): void {
    this.isSplit = true;
    this.next?.rest();
    this.rows.writeAll((note) => {
      this.write(this.notes, note);
    });
    this.rows.release();
  }

  private write(to: SpillPartitions, note: SpillNote): void {
    to.write(to.indexOf(spillHash(note.key, this.level)), note);
  }

  /** The next note, its copy in memory and a table that grows for it. */
  private isFull({ key, row }: SpillNote): boolean {
    const { budget } = this.of.space;
    const bytes = key.to - key.from + row.to - row.from;
    return this.rows.size > 1 && budget.bytes + 2 * bytes > budget.foldedBytes;
  }
}
