import type { Shape } from "../core/shape.ts";
import type { Span } from "../format/span.ts";
import type { FoldedRows, NoteWriter } from "./folded-rows.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import { MultisetJoin } from "./multiset-join.ts";
import { RowCounts } from "./row-counts.ts";
import type { RowSink } from "./row-sink.ts";
import { emptyNote, type SpillNote } from "./spill-notes.ts";
import type { TableJoin } from "./table-change.ts";

/** Kinds of notes; the key is the row, and the link how often. */
const ADDED = 0;
const REMOVED = 1;

/** A multiset of rows from notes and to notes. */
export class MultisetFold implements FoldedRows {
  private readonly of: { readonly shape: Shape; readonly seq: number };
  private readonly counts: RowCounts;

  constructor(
    of: {
      readonly shape: Shape;
      readonly budget: MemoryBudget;
      /** Of the oldest change, for errors. */
      readonly seq: number;
    },
    counts = new RowCounts(of.budget),
  ) {
    this.of = of;
    this.counts = counts;
  }

  get size(): number {
    return this.counts.size;
  }

  apply({ kind, key, link }: SpillNote): boolean {
    this.counts.add(key, kind === ADDED ? link : -link);
    return true;
  }

  writeAll(out: NoteWriter): void {
    const note = emptyNote();
    const row: Span = note.key;
    for (let n = 0; n < this.counts.size; n++) {
      const times = this.counts.countAt(n, row);
      if (times === 0) continue;
      note.kind = times > 0 ? ADDED : REMOVED;
      note.link = Math.abs(times);
      out(note);
    }
  }

  join(sink: RowSink): TableJoin {
    return new MultisetJoin({ ...this.of, counts: this.counts }, sink);
  }

  /** Equal rows are in one partition. */
  writeWaiting(): number {
    return 0;
  }

  release(): void {
    this.counts.release();
  }
}
