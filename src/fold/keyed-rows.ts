import type { TidemarkError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import { AvroWriter } from "../format/avro-writer.ts";
import type { Span } from "../format/span.ts";
import type { Arena } from "./arena.ts";
import { foldDamage } from "./fold-damage.ts";
import { KEY_BYTES, KeyTable, copyBytes } from "./key-table.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import { RowFiller } from "./row-values.ts";

/** Words of a record. IMAGE: 0 gone, its own address: behind the key, otherwise an allocation of its own. */
const IMAGE = 1;
const IMAGE_BYTES = 2;
/** The record whose missing columns older changes at this key fill; 0: none. */
const OPEN = 3;
const FLAGS = 4;
/** Which arrival left it incomplete, when what it misses is delivered from another partition. */
const LINK = 5;

/** A row stood at this key before the oldest change seen so far. */
const EXISTS = 1;
const INCOMPLETE = 2;
const WRITTEN = 4;

/** How a row came to its key: from itself, so that older changes at this key are its own; with columns that are unchanged. */
export const STAYS = 1;
export const PARTIAL = 2;

/** A row of the base, decoded only when it is needed. */
export interface BaseRow {
  whole(): Span;
}

/** Last images by key, while walking back in time. */
export class KeyedRows {
  private readonly shape: Shape;
  private readonly arena: Arena;
  private readonly table: KeyTable;
  private readonly filler = new RowFiller(new AvroWriter(4096));
  private readonly image: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  /** Of the change that is applied, for errors. */
  seq = 0;
  /** Keys at which a row must be found in something older. */
  expected = 0;
  /** Rows that miss something which was not delivered yet. */
  linked = 0;

  constructor(shape: Shape, memory: { arena: Arena; budget: MemoryBudget }) {
    this.shape = shape;
    this.arena = memory.arena;
    this.table = new KeyTable(memory.arena, memory.budget);
  }

  get size(): number {
    return this.table.size;
  }

  /** An estimate: without rows that were filled since. */
  get bytes(): number {
    return this.table.bytes;
  }

  /**
   * After this change `row` stood at `key`; before it the same row did (STAYS), or none. Returns the record that is still
   * incomplete, which is left open at `key` if the row stays; otherwise 0.
   */
  arrive(row: Span, key: Span, how: number): number {
    const { table } = this;
    let record = table.find(key);
    let tail = 0;
    if (record === 0) {
      record = this.addImage(row, key);
      if ((how & PARTIAL) !== 0) {
        this.setFlags(record, INCOMPLETE);
        tail = record;
      }
    } else {
      if ((this.flags(record) & EXISTS) === 0)
        throw this.damage("a row is written where a newer change finds none");
      tail = this.word(record, OPEN);
      if (tail !== 0 && this.fill(tail, row)) tail = 0;
      this.expected -= 1;
    }
    if ((how & STAYS) !== 0) {
      this.setFlags(record, this.flags(record) | EXISTS);
      this.setWord(record, OPEN, tail);
      this.expected += 1;
    } else {
      this.setFlags(record, this.flags(record) & ~EXISTS);
      this.setWord(record, OPEN, 0);
    }
    return tail;
  }

  /** After this change no row stood at `key`; the one that did before it may fill `tail`. */
  leave(key: Span, tail: number): void {
    let record = this.table.find(key);
    if (record === 0) record = this.table.add(key, 0);
    else if ((this.flags(record) & EXISTS) !== 0)
      throw this.damage("a row leaves its key where a newer change finds it");
    this.setFlags(record, this.flags(record) | EXISTS);
    this.setWord(record, OPEN, tail);
    this.expected += 1;
  }

  /** What `record` misses will be delivered under this link. */
  setLink(record: number, link: number): void {
    this.setWord(record, LINK, link);
    this.linked += 1;
  }

  /** Fills the row at `key` if it is still the one of this link. */
  deliver(row: Span, key: Span, link: number): void {
    const record = this.table.find(key);
    if (record === 0 || this.word(record, LINK) !== link) return;
    if ((this.flags(record) & INCOMPLETE) === 0) return;
    if (this.fill(record, row)) this.linked -= 1;
  }

  release(): void {
    this.table.release();
  }

  /** The record of a base row's key, or 0: no change knows it. */
  find(key: Span): number {
    return this.table.find(key);
  }

  /** The base has a row at this record's key: it fills what is open, and no other may come. */
  meetBase(record: number, row: BaseRow): void {
    if ((this.flags(record) & EXISTS) === 0)
      throw this.damage("the base has a row at a key where changes find none");
    const tail = this.word(record, OPEN);
    if (tail !== 0) {
      if (!this.fill(tail, row.whole()))
        throw this.damage("a base row is not whole");
      this.setWord(record, OPEN, 0);
    }
    this.setFlags(record, this.flags(record) & ~EXISTS);
    this.expected -= 1;
  }

  /** The record's last image, once: undefined when the row is gone, not yet whole, or was taken before. */
  takeImage(record: number): Span | undefined {
    const flags = this.flags(record);
    if ((flags & (INCOMPLETE | WRITTEN)) !== 0) return undefined;
    if (this.word(record, IMAGE) === 0) return undefined;
    this.setFlags(record, flags | WRITTEN);
    return this.imageOf(record);
  }

  /** In the order in which they were first seen. */
  recordAt(n: number): number {
    return this.table.addressAt(n);
  }

  private addImage(row: Span, key: Span): number {
    const { table, arena } = this;
    const size = row.to - row.from;
    const record = table.add(key, size);
    const at = table.keyIndex(record) + key.to - key.from;
    copyBytes(row, arena.bytesOf(record), at);
    this.setWord(record, IMAGE, record);
    this.setWord(record, IMAGE_BYTES, size);
    return record;
  }

  private imageOf(record: number): Span {
    const { arena, image } = this;
    const address = this.word(record, IMAGE);
    image.bytes = arena.bytesOf(address);
    image.from =
      address === record
        ? this.table.keyIndex(record) + this.word(record, KEY_BYTES)
        : arena.byteIndex(address);
    image.to = image.from + this.word(record, IMAGE_BYTES);
    return image;
  }

  /** True: the record is whole now. */
  private fill(record: number, row: Span): boolean {
    const { filler, arena } = this;
    filler.fill(this.imageOf(record), row);
    if (!filler.changed) return false;
    const size = filler.row.to - filler.row.from;
    const address = arena.allocate(size);
    copyBytes(filler.row, arena.bytesOf(address), arena.byteIndex(address));
    this.setWord(record, IMAGE, address);
    this.setWord(record, IMAGE_BYTES, size);
    if (filler.complete)
      this.setFlags(record, this.flags(record) & ~INCOMPLETE);
    return filler.complete;
  }

  private word(record: number, word: number): number {
    const { arena } = this;
    return arena.wordsOf(record)[arena.wordIndex(record) + word] as number;
  }

  private setWord(record: number, word: number, value: number): void {
    const { arena } = this;
    arena.wordsOf(record)[arena.wordIndex(record) + word] = value;
  }

  private flags(record: number): number {
    return this.word(record, FLAGS);
  }

  private setFlags(record: number, flags: number): void {
    this.setWord(record, FLAGS, flags);
  }

  private damage(what: string): TidemarkError {
    return foldDamage({ shape: this.shape, seq: this.seq }, what);
  }
}
