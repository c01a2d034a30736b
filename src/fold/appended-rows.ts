import type { Shape } from "../core/shape.ts";
import { INSERT_BRANCH } from "../format/change-codec.ts";
import type { Span } from "../format/span.ts";
import { Arena } from "./arena.ts";
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
import type { SpillNote } from "./spill-notes.ts";
import type { SpillSpace } from "./spill-space.ts";
import { SpilledRuns } from "./spilled-runs.ts";
import type { TableChange, TableJoin } from "./table-change.ts";

/** Words before a row's bytes: its size, and the row that was added before it (the next younger one). */
const HEADER_BYTES = 8;

/** The net change of a table without an identity: rows are only added. */
export class AppendedRows implements TableChange, TableJoin {
  readonly counts = { replaced: 0, removed: 0, added: 0 };
  private readonly shape: Shape;
  private readonly budget: MemoryBudget;
  private arena: Arena;
  private readonly row: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  private rows = 0;
  /** The oldest so far; each names the next younger one. */
  private oldest = 0;
  /** Rows younger than those in memory: the oldest of them in the last run, and first in it. */
  private spilled: SpilledRuns | undefined;
  private fromSpill: Iterator<SpillNote> | undefined;
  private sink: RowSink | undefined;

  constructor(shape: Shape, budget: MemoryBudget) {
    this.shape = shape;
    this.budget = budget;
    this.arena = new Arena(budget);
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
    return this.arena.bytes;
  }

  /** It is read back row by row. */
  get isSpilled(): boolean {
    return false;
  }

  spill(space: SpillSpace): void {
    this.spilled ??= new SpilledRuns(space);
    this.spilled.writeRun(() => this.nextHeld());
    this.arena.release();
    this.arena = new Arena(this.budget);
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
    return this.writeHeld() || this.writeSpilled();
  }

  private writeHeld(): boolean {
    for (let row = this.nextHeld(); row !== undefined; row = this.nextHeld())
      if (this.writeRow(row)) return true;
    return false;
  }

  private writeSpilled(): boolean {
    if (this.spilled === undefined) return false;
    this.fromSpill ??= this.spilled.readOldestFirst();
    for (;;) {
      const next = this.fromSpill.next();
      if (next.done === true) return false;
      if (this.writeRow(next.value.row)) return true;
    }
  }

  private writeRow(row: Span): boolean {
    this.sink?.writeRow(row);
    this.counts.added += 1;
    return this.sink?.hasChunks === true;
  }

  /** Takes the oldest row that is held. */
  private nextHeld(): Span | undefined {
    const { arena, row, oldest } = this;
    if (oldest === 0) return undefined;
    const words = arena.wordsOf(oldest);
    row.bytes = arena.bytesOf(oldest);
    row.from = arena.byteIndex(oldest) + HEADER_BYTES;
    row.to = row.from + (words[arena.wordIndex(oldest)] as number);
    this.oldest = words[arena.wordIndex(oldest) + 1] as number;
    return row;
  }
}
