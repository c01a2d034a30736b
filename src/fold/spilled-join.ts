import type { Shape } from "../core/shape.ts";
import type { Span } from "../format/span.ts";
import { foldDamage } from "./fold-damage.ts";
import type { FoldedRows, NoteWriter } from "./folded-rows.ts";
import type { KeyFilter } from "./key-filter.ts";
import type { LineKeys } from "./line-keys.ts";
import { PartitionFold } from "./partition-fold.ts";
import type { RowSink } from "./row-sink.ts";
import type { SpillFile } from "./spill-file.ts";
import { spillHash } from "./spill-hash.ts";
import { emptyNote, type SpillNote } from "./spill-notes.ts";
import { SpillPartitions } from "./spill-partitions.ts";
import type { SpilledTable } from "./spilled-table.ts";
import type { TableJoin } from "./table-change.ts";

export interface SpilledJoinOptions {
  readonly shape: Shape;
  /** Of the oldest change, for errors. */
  readonly seq: number;
  readonly spilled: SpilledTable;
  readonly keys: LineKeys;
  /** `send` takes notes to the partitions of their keys. */
  readonly newRows: (send: NoteWriter) => FoldedRows;
}

/**
 * Rows of the base that a spilled change may meet are put aside by partition; once the base is read, one partition after the
 * other is folded and joined with its own. What one has for rows of another is written down there, and a partition that was
 * folded before comes again.
 */
export class SpilledJoin implements TableJoin {
  readonly counts = { replaced: 0, removed: 0, added: 0 };
  private readonly of: SpilledJoinOptions;
  private readonly notes: SpillPartitions;
  /** What partitions send to each other: it comes after what is in the notes. */
  private readonly sent: SpillPartitions;
  private readonly filter: KeyFilter;
  private readonly file: SpillFile;
  private readonly base: SpillPartitions;
  private readonly note = emptyNote();
  private readonly fold: PartitionFold;
  private readonly rest: Iterator<void>;
  /** Partitions to be folded. A set is walked in the order of adding, also what is added on the way. */
  private readonly due = new Set<number>();
  private current = -1;

  constructor(of: SpilledJoinOptions, sink: RowSink) {
    const { space, notes } = of.spilled;
    this.of = of;
    this.notes = notes;
    this.filter = of.spilled.makeFilter();
    this.file = space.open();
    const { count } = notes;
    this.base = new SpillPartitions(space, { file: this.file, count });
    this.sent = new SpillPartitions(space, { file: this.file, count });
    this.fold = new PartitionFold({
      ...{ space, sink, counts: this.counts, keys: of.keys },
      newRows: () => of.newRows(this.send),
      later: (note) => {
        this.notes.write(this.current, note);
      },
    });
    this.rest = this.writeAll();
  }

  keeps(line: Span): boolean {
    const hash = spillHash(this.of.keys.read(line), 0);
    if (!this.filter.mayHave(hash)) return true;
    const { row } = this.note;
    row.bytes = line.bytes;
    row.from = line.from;
    row.to = line.to + 1;
    this.base.write(this.base.indexOf(hash), this.note);
    return false;
  }

  endBase(): void {
    // Each partition looks whether its rows are there.
  }

  writeRest(): boolean {
    return this.rest.next().done !== true;
  }

  private *writeAll(): Generator<void, void, undefined> {
    const { due, notes, sent, base, of } = this;
    this.filter.release();
    base.rest();
    const waiting = new Map<number, number>();
    for (let n = 0; n < notes.count; n++) due.add(n);
    for (const n of due) {
      due.delete(n);
      this.current = n;
      const partition = {
        notes: notes.takeOut(n),
        sent: sent.takeOut(n),
        base: base.takeOut(n),
      };
      waiting.set(n, yield* this.fold.fold(partition));
    }
    if (waiting.values().some((rows) => rows > 0))
      throw foldDamage(of, "moved rows are not in anything older");
    base.release();
    sent.release();
    of.spilled.release();
    of.spilled.space.close(this.file);
  }

  /** A row for one that misses it. */
  private readonly send = (note: SpillNote): void => {
    const partition = this.notes.indexOf(spillHash(note.key, 0));
    if (partition === this.current && this.fold.deliver(note)) return;
    this.sent.write(partition, note);
    this.due.add(partition);
  };
}
