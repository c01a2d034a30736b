import type { Span } from "../format/span.ts";
import { Arena } from "./arena.ts";
import { KeyFilter } from "./key-filter.ts";
import { hashKey } from "./key-table.ts";
import { MultisetJoin, type CountedRows } from "./multiset-join.ts";
import { RowCounts } from "./row-counts.ts";
import type { RowSink } from "./row-sink.ts";
import {
  PARTITIONS,
  SpillPartitions,
  emptyNote,
  partitionOf,
  type SpillSpace,
} from "./spill-partitions.ts";
import type { TableJoin } from "./table-change.ts";

const ADDED = 0;
const REMOVED = 1;

/** What happens to rows that are not in memory once that is full: counted partition by partition, later. */
export class MultisetSpill {
  readonly space: SpillSpace;
  readonly notes: SpillPartitions;
  readonly filter: KeyFilter;
  private readonly note = emptyNote();

  constructor(space: SpillSpace) {
    this.space = space;
    this.notes = new SpillPartitions(space);
    this.filter = new KeyFilter(space.budget);
  }

  /** Nothing may be called afterwards. */
  release(): void {
    this.notes.release();
    this.filter.release();
  }

  write(row: Span, by: 1 | -1): void {
    const { note } = this;
    const hash = hashKey(row);
    note.kind = by === 1 ? ADDED : REMOVED;
    Object.assign(note.row, row);
    this.filter.add(hash);
    this.notes.write(partitionOf(hash), note);
  }

  /** Counts one partition. */
  count(partition: number, counts: RowCounts): void {
    for (const { kind, row } of this.notes.read(partition))
      counts.add(row, kind === ADDED ? 1 : -1);
  }
}

export class SpilledMultisetJoin implements TableJoin {
  readonly takesTurns = true;
  readonly counts;
  private readonly of: CountedRows;
  private readonly spilled: MultisetSpill;
  private readonly sink: RowSink;
  private readonly memory: MultisetJoin;
  private readonly aside: SpillPartitions;
  private readonly note = emptyNote();
  private readonly rest: Iterator<void>;

  constructor(of: CountedRows, spilled: MultisetSpill, sink: RowSink) {
    this.of = of;
    this.spilled = spilled;
    this.sink = sink;
    this.memory = new MultisetJoin(of, sink);
    this.counts = this.memory.counts;
    this.aside = new SpillPartitions(spilled.space);
    this.rest = this.writeAll();
  }

  keeps(line: Span): boolean {
    const row = this.memory.readRow(line);
    if (this.of.counts.holds(row)) return this.memory.keeps(line);
    const hash = hashKey(row);
    if (!this.spilled.filter.mayHave(hash)) return true;
    const { note } = this;
    note.row.bytes = line.bytes;
    note.row.from = line.from;
    note.row.to = line.to + 1;
    this.aside.write(partitionOf(hash), note);
    return false;
  }

  endBase(): void {
    this.memory.endBase();
  }

  writeRest(): boolean {
    return this.rest.next().done !== true;
  }

  private *writeAll(): Generator<void, void, undefined> {
    while (this.memory.writeRest()) yield;
    for (let partition = 0; partition < PARTITIONS; partition++)
      yield* this.writePartition(partition);
    this.spilled.release();
    this.aside.release();
  }

  private *writePartition(partition: number): Generator<void, void, undefined> {
    const { sink, spilled } = this;
    const { budget } = spilled.space;
    const arena = new Arena(budget);
    const counts = new RowCounts({ arena, budget });
    spilled.count(partition, counts);
    const join = new MultisetJoin({ ...this.of, counts }, sink);
    for (const { row: line } of this.aside.read(partition)) {
      line.to -= 1;
      if (join.keeps(line)) sink.passLine(line);
      if (sink.hasChunks) yield;
    }
    join.endBase();
    while (join.writeRest()) yield;
    this.counts.removed += join.counts.removed;
    this.counts.added += join.counts.added;
    counts.release();
    arena.release();
  }
}
