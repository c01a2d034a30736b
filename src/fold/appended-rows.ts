import type { Shape } from "../core/shape.ts";
import { INSERT_BRANCH } from "../format/change-codec.ts";
import type { Span } from "../format/span.ts";
import type { Arena } from "./arena.ts";
import {
  AFTER,
  KIND,
  ROW_FROM,
  ROW_MISSING,
  ROW_TO,
  type ChangeScanner,
} from "./change-scanner.ts";
import { foldDamage } from "./fold-damage.ts";
import { copyBytes } from "./key-table.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { RowSink } from "./row-sink.ts";
import {
  SpillPartitions,
  emptyNote,
  type SpillNote,
  type SpillSpace,
} from "./spill-partitions.ts";
import type { TableChange, TableJoin } from "./table-change.ts";

/** Words before a row's bytes: its size, and the row that was added before it (the next younger one). */
const HEADER_BYTES = 8;

/** The net change of a table without an identity: rows are only added. */
export class AppendedRows implements TableChange, TableJoin {
  readonly takesTurns = false;
  readonly counts = { replaced: 0, removed: 0, added: 0 };
  private readonly shape: Shape;
  private readonly arena: Arena;
  private readonly row: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  private readonly note = emptyNote();
  private rows = 0;
  /** The oldest so far; each names the next younger one. */
  private oldest = 0;
  private held = 0;
  /** Rows older than those in memory. */
  private spilled: SpillPartitions | undefined;
  private fromSpill: Iterator<SpillNote> | undefined;
  private sink: RowSink | undefined;

  constructor(shape: Shape, memory: { arena: Arena; budget: MemoryBudget }) {
    this.shape = shape;
    this.arena = memory.arena;
  }

  get isUntouched(): boolean {
    return this.rows === 0;
  }

  get keys(): number {
    return this.rows;
  }

  apply(scan: ChangeScanner, item: number, seq: number): void {
    const { fields } = scan;
    if (
      fields[item + KIND] !== INSERT_BRANCH ||
      fields[item + AFTER + ROW_MISSING] !== 0
    ) {
      throw foldDamage(
        { shape: this.shape, seq },
        "a row of a table without an identity is changed, or not whole",
      );
    }
    const { arena, row } = this;
    row.bytes = scan.bytes;
    row.from = fields[item + AFTER + ROW_FROM] as number;
    row.to = fields[item + AFTER + ROW_TO] as number;
    this.rows += 1;
    if (this.spilled !== undefined) {
      Object.assign(this.note.row, row);
      this.spilled.write(0, this.note);
      return;
    }
    this.held += HEADER_BYTES + row.to - row.from;
    const address = arena.allocate(HEADER_BYTES + row.to - row.from);
    const words = arena.wordsOf(address);
    words[arena.wordIndex(address)] = row.to - row.from;
    words[arena.wordIndex(address) + 1] = this.oldest;
    copyBytes(
      row,
      arena.bytesOf(address),
      arena.byteIndex(address) + HEADER_BYTES,
    );
    this.oldest = address;
  }

  get heldBytes(): number {
    return this.spilled === undefined ? this.held : 0;
  }

  spill(space: SpillSpace): void {
    this.spilled ??= new SpillPartitions(space, 1);
  }

  truncate(): void {
    // Nothing newer needs an older row.
  }

  join(sink: RowSink): TableJoin {
    this.sink = sink;
    return this;
  }

  keeps(): boolean {
    return true;
  }

  endBase(): void {
    // Every row of the base stays.
  }

  writeRest(): boolean {
    return this.writeSpilled() || this.writeHeld();
  }

  /** The last one written is the oldest. */
  private writeSpilled(): boolean {
    const { sink, spilled } = this;
    if (spilled === undefined || sink === undefined) return false;
    this.fromSpill ??= spilled.readBackward(0);
    for (;;) {
      const next = this.fromSpill.next();
      if (next.done === true) return false;
      sink.writeRow(next.value.row);
      this.counts.added += 1;
      if (sink.hasChunks) return true;
    }
  }

  private writeHeld(): boolean {
    const { arena, sink, row } = this;
    while (this.oldest !== 0 && sink !== undefined) {
      const address = this.oldest;
      const words = arena.wordsOf(address);
      row.bytes = arena.bytesOf(address);
      row.from = arena.byteIndex(address) + HEADER_BYTES;
      row.to = row.from + (words[arena.wordIndex(address)] as number);
      this.oldest = words[arena.wordIndex(address) + 1] as number;
      sink.writeRow(row);
      this.counts.added += 1;
      if (sink.hasChunks) return true;
    }
    return false;
  }
}
