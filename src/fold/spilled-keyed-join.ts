import type { Shape } from "../core/shape.ts";
import type { Span } from "../format/span.ts";
import { Arena } from "./arena.ts";
import { foldDamage } from "./fold-damage.ts";
import { hashKey } from "./key-table.ts";
import { KeyedJoin } from "./keyed-join.ts";
import { KeyedRows, STAYS } from "./keyed-rows.ts";
import {
  ARRIVE,
  FILL,
  KIND_BITS,
  LEAVE,
  type KeyedSpill,
} from "./keyed-spill.ts";
import type { RowSink } from "./row-sink.ts";
import {
  PARTITIONS,
  SpillPartitions,
  emptyNote,
  partitionOf,
  type SpillNote,
  type SpillSpace,
} from "./spill-partitions.ts";
import type { TableJoin } from "./table-change.ts";

export interface SpilledKeyedParts {
  readonly shape: Shape;
  /** Of the keys that stayed in memory. */
  readonly rows: KeyedRows;
  readonly spilled: KeyedSpill;
  readonly space: SpillSpace;
}

/**
 * Base rows that a spilled key may meet are put aside by partition; once the base is read, one partition after the other is
 * folded and joined with its own.
 */
export class SpilledKeyedJoin implements TableJoin {
  readonly counts;
  readonly takesTurns = true;
  private readonly of: SpilledKeyedParts;
  private readonly sink: RowSink;
  private readonly memory: KeyedJoin;
  private readonly aside: SpillPartitions;
  private readonly note = emptyNote();
  private readonly rest: Iterator<void>;

  constructor(of: SpilledKeyedParts, sink: RowSink) {
    this.of = of;
    this.sink = sink;
    this.memory = new KeyedJoin(of.shape, of.rows, sink);
    this.counts = this.memory.counts;
    this.aside = new SpillPartitions(of.space);
    this.rest = this.writeAll();
  }

  keeps(line: Span): boolean {
    const { spilled, rows } = this.of;
    const key = this.memory.readKey(line);
    if (spilled.hasRootAt(key)) spilled.deliver(this.memory.whole(), key, true);
    const record = rows.find(key);
    if (record !== 0) return this.memory.meet(record);
    const hash = hashKey(key);
    if (!spilled.filter.mayHave(hash)) return true;
    const { row } = this.note;
    row.bytes = line.bytes;
    row.from = line.from;
    row.to = line.to + 1;
    this.aside.write(partitionOf(hash), this.note);
    return false;
  }

  endBase(): void {
    this.memory.endBase();
    if (this.of.spilled.openLinks > 0)
      throw this.damage("moved rows are not in the base");
  }

  writeRest(): boolean {
    return this.rest.next().done !== true;
  }

  private *writeAll(): Generator<void, void, undefined> {
    while (this.memory.writeRest()) yield;
    for (let partition = 0; partition < PARTITIONS; partition++)
      yield* this.writePartition(partition);
    this.of.spilled.release();
    this.aside.release();
  }

  private *writePartition(partition: number): Generator<void, void, undefined> {
    const { shape, spilled, space } = this.of;
    const { sink } = this;
    const arena = new Arena(space.budget);
    const rows = new KeyedRows(shape, { arena, budget: space.budget });
    rows.seq = this.of.rows.seq;
    for (const note of spilled.notes.read(partition)) this.apply(rows, note);
    const join = new KeyedJoin(shape, rows, sink);
    for (const { row: line } of this.aside.read(partition)) {
      line.to -= 1;
      if (join.keeps(line)) sink.passLine(line);
      if (sink.hasChunks) yield;
    }
    join.endBase();
    if (rows.linked > 0)
      throw this.damage(`${rows.linked} moved rows are not whole`);
    while (join.writeRest()) yield;
    this.counts.replaced += join.counts.replaced;
    this.counts.removed += join.counts.removed;
    this.counts.added += join.counts.added;
    rows.release();
    arena.release();
  }

  private apply(rows: KeyedRows, note: SpillNote): void {
    const { row, key, link } = note;
    const how = note.kind >>> KIND_BITS;
    switch (note.kind & ((1 << KIND_BITS) - 1)) {
      case ARRIVE: {
        const tail = rows.arrive(row, key, how);
        if (tail === 0 || (how & STAYS) !== 0) return;
        if (link === 0) throw this.damage("a moved row has no older one");
        rows.setLink(tail, link);
        return;
      }
      case LEAVE:
        rows.leave(key, 0);
        return;
      case FILL:
        rows.deliver(row, key, link);
        return;
    }
  }

  private damage(what: string): Error {
    return foldDamage({ shape: this.of.shape, seq: this.of.rows.seq }, what);
  }
}
