import type { Span } from "../format/span.ts";
import { Arena } from "./arena.ts";
import { KEY_BYTES, KeyTable } from "./key-table.ts";
import type { MemoryBudget } from "./memory-budget.ts";

/** Word of a record: how often the row was added, less how often it was taken away. */
const COUNT = 1;

/** A multiset of whole rows that may also owe some. */
export class RowCounts {
  private readonly arena: Arena;
  private readonly table: KeyTable;
  /** Rows that must be found in something older. */
  expected = 0;

  constructor(budget: MemoryBudget) {
    this.arena = new Arena(budget);
    this.table = new KeyTable(this.arena, budget);
  }

  /** Distinct rows. */
  get size(): number {
    return this.table.size;
  }

  get bytes(): number {
    return this.arena.bytes + this.table.bytes;
  }

  add(row: Span, by: number): void {
    let record = this.table.find(row);
    if (record === 0) record = this.table.add(row, 0);
    this.addTo(record, by);
  }

  /** True: the row was owed, and one fewer is now. */
  settle(row: Span): boolean {
    const record = this.table.find(row);
    if (record === 0 || this.countOf(record) >= 0) return false;
    this.addTo(record, 1);
    return true;
  }

  /** How often the n-th row is there, and that row. */
  countAt(n: number, row: Span): number {
    const { arena, table } = this;
    const record = table.addressAt(n);
    row.bytes = arena.bytesOf(record);
    row.from = table.keyIndex(record);
    row.to = row.from + this.word(record, KEY_BYTES);
    return this.countOf(record);
  }

  release(): void {
    this.table.release();
    this.arena.release();
  }

  private addTo(record: number, by: number): void {
    const { arena } = this;
    const before = this.countOf(record);
    const after = before + by;
    arena.wordsOf(record)[arena.wordIndex(record) + COUNT] = after;
    this.expected += Math.max(0, -after) - Math.max(0, -before);
  }

  private countOf(record: number): number {
    return this.word(record, COUNT);
  }

  private word(record: number, word: number): number {
    const { arena } = this;
    return arena.wordsOf(record)[arena.wordIndex(record) + word] as number;
  }
}
