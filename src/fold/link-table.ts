import type { Span } from "../format/span.ts";
import { Arena } from "./arena.ts";
import { KeyTable } from "./key-table.ts";
import type { MemoryBudget } from "./memory-budget.ts";

/** Words of a record. */
const TO = 1;
const AT = 2;

/** Rows that passed through a key and are filled at another one: what is delivered under their link goes on there. */
export class LinkTable {
  private readonly arena: Arena;
  private readonly table: KeyTable;
  private readonly name: Span = { bytes: Buffer.alloc(4), from: 0, to: 4 };

  constructor(budget: MemoryBudget) {
    this.arena = new Arena(budget);
    this.table = new KeyTable(this.arena, budget);
  }

  get size(): number {
    return this.table.size;
  }

  /** `to`: the record that is filled. `at`: the one of the key to which it is delivered. */
  add(link: number, of: { readonly to: number; readonly at: number }): void {
    const { arena, table } = this;
    if (this.recordOf(link) !== 0)
      throw new RangeError("a link leads to two rows");
    const record = table.add(this.name, 0);
    const words = arena.wordsOf(record);
    words[arena.wordIndex(record) + TO] = of.to;
    words[arena.wordIndex(record) + AT] = of.at;
  }

  /** The record to be filled, or 0. */
  find(link: number): number {
    const record = this.recordOf(link);
    return record === 0 ? 0 : this.word(record, TO);
  }

  nth(n: number): {
    readonly link: number;
    readonly to: number;
    readonly at: number;
  } {
    const { arena, table } = this;
    const record = table.addressAt(n);
    const bytes = Buffer.from(arena.bytesOf(record).buffer);
    const link = bytes.readUInt32LE(table.keyIndex(record));
    return { link, to: this.word(record, TO), at: this.word(record, AT) };
  }

  release(): void {
    this.table.release();
    this.arena.release();
  }

  private recordOf(link: number): number {
    (this.name.bytes as Buffer).writeUInt32LE(link);
    return this.table.find(this.name);
  }

  private word(record: number, word: number): number {
    const { arena } = this;
    return arena.wordsOf(record)[arena.wordIndex(record) + word] as number;
  }
}
